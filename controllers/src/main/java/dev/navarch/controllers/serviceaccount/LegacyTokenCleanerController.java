package dev.navarch.controllers.serviceaccount;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerLoop;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Patch;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks once a day for tokens in secrets that their account lists, as was once done for every account, and that nobody has
 * used for a year: marks them as invalid, and deletes them when nobody has objected for another year. What pods mount
 * stays. source: kubernetes pkg/controller/serviceaccount/legacy_serviceaccount_token_cleaner.go.
 */
public final class LegacyTokenCleanerController {
    private static final Logger log = LoggerFactory.getLogger(LegacyTokenCleanerController.class);
    private static final String LAST_USED = "kubernetes.io/legacy-token-last-used";
    private static final String INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since";
    private static final Duration INTERVAL = Duration.ofHours(24);
    /** As {@code --legacy-service-account-token-clean-up-period}. */
    private static final Duration UNUSED = Duration.ofDays(365);

    private final Informer<Secret> secrets;
    private final Informer<ServiceAccount> accounts;
    private final Informer<Pod> pods;
    private final Resource<Secret> resource;
    private final Resource<ConfigMap> maps;
    private final WorkQueue<String> queue;
    private final TimeSource time;

    private LegacyTokenCleanerController(ControllerContext context, WorkQueue<String> queue) {
        this.queue = queue;
        secrets = context.informer(Secret.class);
        accounts = context.informer(ServiceAccount.class);
        pods = context.informer(Pod.class);
        resource = context.client().resource(Secret.class);
        maps = context.client().resource(ConfigMap.class);
        time = context.time();
    }

    public static Controller create(ControllerContext context) {
        WorkQueue<String> queue = context.queue("legacy_service_account_token_cleaner");
        var controller = new LegacyTokenCleanerController(context, queue);
        queue.add("all");
        return Controller.of(new ControllerLoop<>("legacy-token-cleaner", queue, 1, controller::look));
    }

    private void look(String all) {
        queue.addAfter(all, INTERVAL);
        var now = time.now();
        var since = trackedSince();
        if (since.isEmpty() || now.isBefore(since.get().plus(UNUSED))) {
            return; // who used what is not known for long enough
        }
        Map<String, Set<String>> mounted = new HashMap<>();
        for (var secret : secrets.list()) {
            if (isUnused(secret, now)
                    && !mounted.computeIfAbsent(secret.getMetadata().getNamespace(), this::mounted)
                            .contains(secret.getMetadata().getName())) {
                retire(secret, now);
            }
        }
    }

    /** From the end of the day on which uses began to be noted. */
    private Optional<Instant> trackedSince() {
        return maps.get("kube-system", "kube-apiserver-legacy-service-account-token-tracking")
                .filter(map -> map.getData() != null)
                .flatMap(map -> date(map.getData().get("since")))
                .map(day -> day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC));
    }

    private boolean isUnused(Secret secret, Instant now) {
        var metadata = secret.getMetadata();
        if (!TokenSecrets.isToken(secret)
                || Pods.isDeleting(secret)
                || Timestamps.parse(metadata.getCreationTimestamp())
                        .filter(made -> made.isBefore(now.minus(UNUSED)))
                        .isEmpty()) {
            return false;
        }
        var used = labels(secret).get(LAST_USED);
        if (used != null && date(used).filter(day -> day.isBefore(limit(now))).isEmpty()) {
            return false;
        }
        return accounts.get(
                        metadata.getNamespace(), TokenSecrets.account(secret).orElseThrow())
                .filter(account -> TokenSecrets.isOf(secret, account))
                .filter(account -> account.getSecrets() != null
                        && account.getSecrets().stream()
                                .anyMatch(listed -> metadata.getName().equals(listed.getName())))
                .isPresent();
    }

    private static LocalDate limit(Instant now) {
        return LocalDate.ofInstant(now.minus(UNUSED), ZoneOffset.UTC);
    }

    private static Map<String, String> labels(Secret secret) {
        var labels = secret.getMetadata().getLabels();
        return labels == null ? Map.of() : labels;
    }

    private Set<String> mounted(String namespace) {
        return PodSecrets.of(pods.list(namespace));
    }

    private void retire(Secret secret, Instant now) {
        var invalid = date(labels(secret).get(INVALID_SINCE));
        try {
            if (invalid.isEmpty()) {
                mark(secret, LocalDate.ofInstant(now, ZoneOffset.UTC));
            } else if (invalid.get().isBefore(limit(now))) {
                log.info(
                        "Deletes the token {}, which nobody used",
                        secret.getMetadata().getName());
                resource.delete(
                        secret.getMetadata().getNamespace(),
                        secret.getMetadata().getName(),
                        DeleteOptions.exactly(secret)
                                .resourceVersion(secret.getMetadata().getResourceVersion()));
            }
        } catch (ApiFailure e) {
            if (!e.notFound() && !e.conflict()) {
                throw e;
            }
        }
    }

    private void mark(Secret secret, LocalDate today) {
        var patch = Json.mapper().createObjectNode();
        var metadata =
                patch.putObject("metadata").put("uid", secret.getMetadata().getUid());
        metadata.putObject("labels").put(INVALID_SINCE, today.toString());
        resource.patch(secret.getMetadata().getNamespace(), secret.getMetadata().getName(), new Patch.Merge(patch));
    }

    private static Optional<LocalDate> date(@Nullable String text) {
        try {
            return text == null ? Optional.empty() : Optional.of(LocalDate.parse(text));
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }
}
