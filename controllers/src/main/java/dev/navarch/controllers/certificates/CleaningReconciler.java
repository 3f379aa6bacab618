package dev.navarch.controllers.certificates;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Pem;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Deletes a request when nobody needs it any more: an hour after it was issued, denied or failed, a day after it was
 * made if nobody decided, and when its certificate has expired. source: kubernetes
 * pkg/controller/certificates/cleaner/cleaner.go, which looks once an hour; here each goes when its time has come.
 */
final class CleaningReconciler implements Reconciler<Key> {
    private static final Duration DECIDED = Duration.ofHours(1);
    private static final Duration PENDING = Duration.ofHours(24);

    private final Informer<CertificateSigningRequest> requests;
    private final Resource<CertificateSigningRequest> resource;
    private final WorkQueue<Key> queue;
    private final TimeSource time;

    CleaningReconciler(ControllerContext context, WorkQueue<Key> queue) {
        requests = context.informer(CertificateSigningRequest.class);
        resource = context.client().resource(CertificateSigningRequest.class);
        this.queue = queue;
        time = context.time();
    }

    @Override
    public void reconcile(Key key) {
        var request = requests.get(key);
        var end = request.flatMap(CleaningReconciler::end);
        if (end.isEmpty()) {
            return;
        }
        var left = Duration.between(time.now(), end.get());
        if (left.isNegative()) {
            delete(request.get());
        } else {
            queue.addAfter(key, left.plusSeconds(1));
        }
    }

    private static Optional<Instant> end(CertificateSigningRequest request) {
        if (Requests.conditions(request).isEmpty()) {
            return after(request.getMetadata().getCreationTimestamp(), PENDING);
        }
        var decided = Requests.conditions(request).stream()
                .filter(c -> switch (Objects.requireNonNullElse(c.getType(), "")) {
                    case Requests.APPROVED -> Requests.isIssued(request);
                    case Requests.DENIED, Requests.FAILED -> true;
                    default -> false;
                })
                .flatMap(c -> after(c.getLastUpdateTime(), DECIDED).stream());
        return Stream.concat(decided, expiry(request).stream()).min(Instant::compareTo);
    }

    private static Optional<Instant> after(@Nullable String time, Duration delay) {
        return Optional.ofNullable(time).flatMap(Timestamps::parse).map(t -> t.plus(delay));
    }

    private static Optional<Instant> expiry(CertificateSigningRequest request) {
        if (!Requests.isIssued(request) || !Requests.has(request, Requests.APPROVED)) {
            return Optional.empty();
        }
        try {
            var pem = Base64.getDecoder().decode(request.getStatus().getCertificate());
            return Pem.certificates(pem).stream()
                    .map(c -> c.getNotAfter().toInstant())
                    .findFirst();
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private void delete(CertificateSigningRequest request) {
        try {
            resource.delete("", request.getMetadata().getName(), DeleteOptions.exactly(request));
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }
}
