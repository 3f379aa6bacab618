package dev.navarch.apiserver.http;

import dev.navarch.apiserver.request.ApiRequest;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** Collects a body up to a limit; grows with what came, not with what was announced. */
final class RequestBody {
    private static final int FIRST = 4 * 1024;

    private final int limit;
    private byte[] bytes = ApiRequest.NO_BODY;
    private int length;

    RequestBody(int limit) {
        this.limit = limit;
    }

    /** False if the body is too long. */
    boolean add(ByteBuf data) {
        int more = data.readableBytes();
        if (more > limit - length) {
            bytes = ApiRequest.NO_BODY;
            return false;
        }
        if (more > bytes.length - length) {
            int wanted = Math.max(length + more, Math.min(limit, Math.max(FIRST, 2 * bytes.length)));
            bytes = Arrays.copyOf(bytes, length == 0 && more >= FIRST ? more : wanted);
        }
        data.readBytes(bytes, length, more);
        length += more;
        return true;
    }

    byte[] bytes() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
}
