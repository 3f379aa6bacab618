package dev.navarch.apiserver.aggregation;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.aggregation.Registered.Backend;
import dev.navarch.apiserver.aggregation.ServiceAddress.Place;
import dev.navarch.apiserver.aggregation.ServiceAddress.UnresolvedException;
import dev.navarch.apiserver.net.DialFailure;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.RemoteUser;
import dev.navarch.apiserver.request.User;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Judges whether the server behind an APIService can be reached: there is the service, its port, an endpoint, and an
 * answer to the group version's discovery. Source: k8s.io/kube-aggregator
 * pkg/controllers/status/remote/remote_available_controller.go.
 */
final class Availability {
    /** As whom the aggregator itself asks. */
    static final User AGGREGATOR = new User("system:kube-aggregator", List.of(User.MASTERS));

    private static final Duration WITHIN = Duration.ofSeconds(5);
    /** Endpoints that are tried at once; one that answers suffices. */
    private static final int ATTEMPTS = 5;

    private final ServiceAddress addresses;
    private final Peers peers;

    /** The condition Available. */
    record Verdict(boolean available, String reason, String message) {
        static final Verdict PASSED = new Verdict(true, "Passed", "all checks passed");
        static final Verdict LOCAL = new Verdict(true, "Local", "Local APIServices are always available");
    }

    Availability(ServiceAddress addresses, Peers peers) {
        this.addresses = addresses;
        this.peers = peers;
    }

    Verdict of(Registered registered) throws InterruptedException {
        if (registered.backend().isEmpty()) {
            return Verdict.LOCAL;
        }
        var backend = registered.backend().get();
        var why = service(backend);
        return why.isPresent() ? why.get() : discovery(registered, backend);
    }

    /** What is wrong with the service; empty if nothing is. */
    private Optional<Verdict> service(Backend backend) {
        var where = "service/" + backend.service() + " in " + GoText.quote(backend.namespace());
        var service = addresses.service(backend);
        if (service.isEmpty()) {
            return failed("ServiceNotFound", where + " is not present");
        }
        var type = service.get().path("spec").path("type").asString("ClusterIP");
        if (!type.equals("ClusterIP")) {
            return Optional.empty();
        }
        var portName = ServiceAddress.portName(service.get(), backend);
        if (portName.isEmpty()) {
            return failed("ServicePortError", where + " is not listening on port " + backend.port());
        }
        var slices = addresses.slices(backend);
        if (slices.isEmpty()) {
            return failed("EndpointsNotFound", "cannot find endpointslices for " + where);
        }
        boolean any = slices.stream()
                .anyMatch(s -> !ServiceAddress.readyAddresses(s).isEmpty()
                        && ServiceAddress.port(s, portName.get()).isPresent());
        return any
                ? Optional.empty()
                : failed(
                        "MissingEndpoints",
                        "endpointslices for " + where + " have no addresses with port name "
                                + GoText.quote(portName.get()));
    }

    private static Optional<Verdict> failed(String reason, String message) {
        return Optional.of(new Verdict(false, reason, message));
    }

    private Verdict discovery(Registered registered, Backend backend) throws InterruptedException {
        try {
            return attempts(addresses.of(backend), registered, backend);
        } catch (UnresolvedException e) {
            return new Verdict(false, "FailedDiscoveryCheck", String.valueOf(e.getMessage()));
        }
    }

    private Verdict attempts(List<Place> places, Registered registered, Backend backend) throws InterruptedException {
        int from = ThreadLocalRandom.current().nextInt(places.size());
        int count = Math.min(ATTEMPTS, places.size());
        var last = "";
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ExecutorCompletionService<String>(threads);
            for (int i = 0; i < count; i++) {
                var place = places.get((from + i) % places.size());
                answers.submit(() -> attempt(place, registered, backend));
            }
            for (int i = 0; i < count; i++) {
                last = answers.take().get();
                if (last.isEmpty()) {
                    threads.shutdownNow();
                    return Verdict.PASSED;
                }
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        return new Verdict(false, "FailedDiscoveryCheck", last);
    }

    /** @return what is wrong; empty if nothing is */
    private String attempt(Place place, Registered registered, Backend backend) throws InterruptedException {
        var url = "https://" + place.authority() + registered.groupVersion().urlPrefix();
        var request = HttpRequest.newBuilder(URI.create(url)).timeout(WITHIN).GET();
        RemoteUser.write(Headers.EMPTY, AGGREGATOR).forEach(request::header);
        try {
            // whoever owns the network could fake no more than this condition
            int status = peers.unjudged(backend)
                    .client()
                    .send(request.build(), BodyHandlers.discarding())
                    .statusCode();
            return status >= 200 && status < 300
                    ? ""
                    : "failing or missing response from " + url + ": bad status from " + url + ": " + status;
        } catch (IOException e) {
            return "failing or missing response from " + url + ": Get " + GoText.quote(url) + ": "
                    + DialFailure.reason(e, place.address(), place.port());
        } catch (GeneralSecurityException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
