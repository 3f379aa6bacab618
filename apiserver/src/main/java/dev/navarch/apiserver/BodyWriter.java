package dev.navarch.apiserver;

import java.util.List;

/**
 * Writes a long body in pieces, as fast as the channel takes them and never far ahead of it. The parts are copied once,
 * into the buffers that are encrypted.
 */
final class BodyWriter {
    private final Exchange exchange;
    private final List<byte[]> parts;
    private int part;
    private int offset;
    private boolean ended;

    BodyWriter(Exchange exchange, List<byte[]> parts) {
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
                var bytes = parts.get(part);
                int length = Math.min(buffer.writableBytes(), bytes.length - offset);
                buffer.writeBytes(bytes, offset, length);
                offset += length;
                if (offset == bytes.length) {
                    part++;
                    offset = 0;
                }
            }
            exchange.sendData(buffer);
            exchange.flush();
            wrote = true;
        }
        if (part == parts.size() && !ended) {
            ended = true;
            exchange.sendEnd();
            exchange.flush();
            exchange.done();
        }
    }
}
