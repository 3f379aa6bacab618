package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.request.OwnRequests;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Notes at secrets when the tokens in them are used, to the day, beside the requests that bring them. Source:
 * k8s.io/kubernetes pkg/serviceaccount/legacy.go (patchSecretWithLastUsedDate), metrics.go.
 */
public final class LegacyTokenUses {
    private static final Logger log = LoggerFactory.getLogger(LegacyTokenUses.class);
    static final String LAST_USED = "kubernetes.io/legacy-token-last-used";

    private final OwnRequests requests;
    private final TimeSource time;
    private final Counter listed;
    private final Counter manual;
    private final Counter invalid;
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    /** What a token is that was brought. */
    enum Kind {
        /** Its account lists its secret, as was once done for every account. */
        LISTED,
        MANUAL,
        /** Marked, since nobody had used it for long. */
        INVALID
    }

    public LegacyTokenUses(OwnRequests requests, TimeSource time, PrometheusRegistry metrics) {
        this.requests = requests;
        this.time = time;
        listed = counter(metrics, "legacy_auto_token_uses", "Uses of tokens in secrets that their accounts list.");
        manual = counter(metrics, "legacy_manual_token_uses", "Uses of tokens in secrets that somebody made.");
        invalid = counter(metrics, "invalid_legacy_auto_token_uses", "Uses of tokens in secrets marked as invalid.");
    }

    private static Counter counter(PrometheusRegistry metrics, String name, String help) {
        return Counter.builder()
                .name("serviceaccount_" + name + "_total")
                .help(help)
                .register(metrics);
    }

    void used(ObjectNode secret, Kind kind) {
        switch (kind) {
            case LISTED -> listed.inc();
            case MANUAL -> manual.inc();
            case INVALID -> invalid.inc();
        }
        var today = LocalDate.ofInstant(time.now(), ZoneOffset.UTC);
        var noted = Tree.text(secret, "metadata", "labels", LAST_USED);
        if (noted.equals(today.toString()) || noted.equals(today.plusDays(1).toString())) {
            return;
        }
        var path = "/api/v1/namespaces/" + Meta.namespace(secret) + "/secrets/" + Meta.name(secret);
        if (underWay.add(path)) {
            var uid = Meta.uid(secret);
            time.start("legacy-token-use", () -> note(path, uid, today));
        }
    }

    private void note(String path, String uid, LocalDate day) {
        var patch = Tree.object();
        patch.putObject("metadata").put("uid", uid).putObject("labels").put(LAST_USED, day.toString());
        try {
            requests.merge(path, patch);
        } catch (RuntimeException e) {
            log.warn("The use of the token in {} could not be noted: {}", path, e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            underWay.remove(path);
        }
    }
}
