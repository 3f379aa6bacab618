package dev.navarch.apiserver.flowcontrol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** Requests that are one to the queues: those of a schema with an equal distinguisher. */
final class Flow {
    final FlowSchema schema;
    final String distinguisher;
    private final long hash;
    private @Nullable Dealer dealer;
    private int[] hand = new int[0];

    Flow(FlowSchema schema, String distinguisher) {
        this.schema = schema;
        this.distinguisher = distinguisher;
        this.hash = hash(schema.name(), distinguisher);
    }

    /** The indices of its queues; under the level's lock. */
    int[] hand(Dealer by) {
        if (by != dealer) {
            hand = by.deal(hash);
            dealer = by;
        }
        return hand;
    }

    /** Source: k8s.io/apiserver pkg/util/flowcontrol/apf_controller.go, hashFlowID. */
    private static long hash(String schema, String distinguisher) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(schema.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            var sum = digest.digest(distinguisher.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(sum).order(ByteOrder.LITTLE_ENDIAN).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new LinkageError("SHA-256", e);
        }
    }
}
