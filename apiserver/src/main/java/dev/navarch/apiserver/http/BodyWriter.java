package dev.navarch.apiserver.http;

import dev.navarch.apiserver.request.Parts;

/**
 * Writes a long body in pieces, as fast as the channel takes them and never far ahead of it. The parts are copied once,
 * into the buffers that are encrypted.
 */
final class BodyWriter {
    private final Exchange exchange;
    private final Parts parts;
    private int part;
    private int offset; // within the part
    private boolean ended;

    BodyWriter(Exchange exchange, Parts parts) {
        this.exchange = exchange;
        this.parts = parts;
    }

    void resume() {
        if (ended) {
            return;
        }
        boolean wrote = false;
        while (part < parts.size() && (exchange.channel.isWritable() || !wrote)) {
            var buffer = exchange.channel.alloc().directBuffer(Exchange.CHUNK, Exchange.CHUNK);
            while (part < parts.size() && buffer.isWritable()) {
                var bytes = parts.array(part);
                int from = parts.offset(part) + offset;
                int length = Math.min(buffer.writableBytes(), bytes.length - from);
                buffer.writeBytes(bytes, from, length);
                offset += length;
                if (from + length == bytes.length) {
                    part++;
                    offset = 0;
                }
            }
            exchange.sendData(buffer);
            exchange.flush();
            wrote = true;
        }
        if (part < parts.size()) {
            exchange.stalled();
        } else if (!ended) {
            ended = true;
            exchange.sendEnd();
            exchange.flush();
            exchange.done();
        }
    }
}
