package dev.navarch.apiserver.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The lease by which one sees which API servers there are, renewed by each and named after its machine, so that it is the same
 * one after a restart; and the end of those that expired (source: kubernetes pkg/controlplane/apiserver/server.go and
 * pkg/controlplane/controller/apiserverleasegc; of the name, test/e2e/apimachinery/apiserver_identity.go).
 */
final class ServerIdentity {
    private static final String GROUP = "coordination.k8s.io";
    private static final String LEASES = "leases";
    private static final String NAMESPACE = "kube-system";
    private static final String LABEL = "apiserver.kubernetes.io/identity";
    private static final String PROGRAM = "kube-apiserver";
    private static final int DEFAULT_PORT = 6443;
    private static final Duration DURATION = Duration.ofHours(1);
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final OwnObjects own;
    private final TimeSource time;
    private final String machine;
    private final String name;
    private final String holder;
    private final Duration renewal;
    private Instant nextRenewal = Instant.MIN;
    private Instant nextLook = Instant.MIN;

    /**
     * @param machine its host name
     * @param port servers of one machine are told apart by it, where it is not the usual one
     * @param uid of this run
     * @param renewal between two renewals at least
     */
    ServerIdentity(OwnObjects own, TimeSource time, String machine, int port, String uid, Duration renewal) {
        this.own = own;
        this.time = time;
        this.machine = machine;
        this.renewal = renewal;
        name = name(port == DEFAULT_PORT ? machine : machine + ":" + port);
        holder = name + "_" + uid;
    }

    /** Made from a hash of both names, each after its length. */
    static String name(String machine) {
        var both = new ByteArrayOutputStream();
        for (var part : new String[] {machine, PROGRAM}) {
            var bytes = part.getBytes(UTF_8);
            both.write(bytes.length >> 8);
            both.write(bytes.length);
            both.writeBytes(bytes);
        }
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(both.toByteArray());
            return "apiserver-" + base32(Arrays.copyOf(hash, 16));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Source: RFC 4648, section 6; in lower case and without padding. */
    private static String base32(byte[] bytes) {
        var text = new StringBuilder();
        int held = 0;
        int bits = 0;
        for (byte one : bytes) {
            held = (held << 8 | (one & 0xff)) & 0xffff;
            for (bits += 8; bits >= 5; bits -= 5) {
                text.append("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".charAt(held >> (bits - 5) & 31));
            }
        }
        if (bits > 0) {
            text.append("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".charAt(held << (5 - bits) & 31));
        }
        return text.toString().toLowerCase(Locale.ROOT);
    }

    /** Renews the lease if it is time, and once an hour removes those of servers that are no more. */
    void round() throws InterruptedException {
        if (!own.served(GROUP, LEASES) || time.now().isBefore(nextRenewal)) {
            return;
        }
        if (own.read(GROUP, LEASES, NAMESPACE, name).isEmpty()) {
            own.create(GROUP, LEASES, NAMESPACE, renewed(lease()));
        } else {
            own.change(GROUP, LEASES, NAMESPACE, name, Part.WHOLE, this::renewed);
        }
        nextRenewal = time.now().plus(renewal);
        if (!time.now().isBefore(nextLook)) {
            nextLook = time.now().plus(DURATION);
            removeExpired();
        }
    }

    private ObjectNode lease() {
        var lease = Tree.object().put("kind", "Lease").put("apiVersion", GROUP + "/v1");
        Meta.of(lease).put("name", name).put("namespace", NAMESPACE);
        return lease;
    }

    private ObjectNode renewed(ObjectNode lease) {
        Tree.childObject(Meta.of(lease), "labels").put(LABEL, PROGRAM).put("kubernetes.io/hostname", machine);
        Tree.childObject(lease, "spec")
                .put("holderIdentity", holder)
                .put("leaseDurationSeconds", DURATION.toSeconds())
                .put("renewTime", MICROS.format(time.now()));
        return lease;
    }

    private void removeExpired() throws InterruptedException {
        for (var lease : own.list(GROUP, LEASES, NAMESPACE)) {
            if (PROGRAM.equals(Meta.labels(lease).get(LABEL)) && expired(lease)) {
                own.delete(GROUP, LEASES, NAMESPACE, Meta.name(lease));
            }
        }
    }

    /** One that doesn't say until when it holds, does not. */
    private boolean expired(JsonNode lease) {
        try {
            var renewed = Instant.parse(Tree.text(lease, "spec", "renewTime"));
            var duration = Duration.ofSeconds(Tree.number(lease, 0, "spec", "leaseDurationSeconds"));
            return renewed.plus(duration).isBefore(time.now());
        } catch (DateTimeParseException _) {
            return true;
        }
    }
}
