package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Headers;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** The server's side of RFC 6455's opening handshake. */
final class WebSocketHandshake {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int MAX_MESSAGE = 4 * 1024 * 1024;

    private WebSocketHandshake() {}

    /** The subprotocols that the client offers, in its order. */
    static List<String> offered(Headers headers) {
        List<String> offered = new ArrayList<>();
        for (var header : headers.all("Sec-WebSocket-Protocol")) {
            for (var protocol : header.split(",")) {
                if (!protocol.isBlank()) {
                    offered.add(protocol.strip());
                }
            }
        }
        return offered;
    }

    /** The 101 answer. @param protocol empty for none */
    static byte[] accept(Headers headers, String protocol) {
        var key = headers.first("Sec-WebSocket-Key").orElse("");
        if (key.isEmpty() || !headers.first("Sec-WebSocket-Version").orElse("").equals("13")) {
            throw ApiFailure.badRequest("websocket: a version 13 handshake with a key is needed");
        }
        var head =
                new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
        head.append("Sec-WebSocket-Accept: ").append(acceptKey(key)).append("\r\n");
        if (!protocol.isEmpty()) {
            head.append("Sec-WebSocket-Protocol: ").append(protocol).append("\r\n");
        }
        return head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static String acceptKey(String key) {
        try {
            var digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lets the channel speak frames. */
    static void install(Channel channel) {
        channel.pipeline()
                .addLast(
                        new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
                                .expectMaskedFrames(true)
                                .allowExtensions(false)
                                .maxFramePayloadLength(MAX_MESSAGE)
                                .build()),
                        new WebSocket13FrameEncoder(false),
                        new WebSocketFrameAggregator(MAX_MESSAGE));
    }
}
