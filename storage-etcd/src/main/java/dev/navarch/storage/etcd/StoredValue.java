package dev.navarch.storage.etcd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.protobuf.ByteString;
import dev.navarch.storage.Draft;
import java.util.Optional;

/**
 * How a value lies in etcd: in a line of its own the offset where its revision belongs, which is not known before it is
 * written, or -1; then the value without its revision.
 */
final class StoredValue {
    private static final int LONGEST_LINE = 12;

    private StoredValue() {}

    static ByteString encode(Draft draft) {
        var line = (draft.revisionAt() + "\n").getBytes(US_ASCII);
        var out = new byte[line.length + draft.bytes().length];
        System.arraycopy(line, 0, out, 0, line.length);
        System.arraycopy(draft.bytes(), 0, out, line.length, draft.bytes().length);
        return com.google.protobuf.UnsafeByteOperations.unsafeWrap(out);
    }

    /** Empty for what none of us wrote. */
    static Optional<Draft> decode(ByteString stored) {
        int end = 0;
        while (end < stored.size() && end < LONGEST_LINE && stored.byteAt(end) != '\n') {
            end++;
        }
        if (end == stored.size() || end == LONGEST_LINE) {
            return Optional.empty();
        }
        try {
            int revisionAt = Integer.parseInt(stored.substring(0, end).toString(US_ASCII));
            return Optional.of(new Draft(stored.substring(end + 1).toByteArray(), revisionAt));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
