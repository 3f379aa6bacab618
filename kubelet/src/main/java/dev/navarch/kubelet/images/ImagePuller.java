package dev.navarch.kubelet.images;

import dev.navarch.api.values.GoText;
import dev.navarch.kubelet.pods.PodEvents;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.pods.Pods.Member;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.Image;
import dev.navarch.kubelet.runtime.RegistryAuth;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.SandboxConfig;
import dev.navarch.kubelet.volumes.ObjectSource;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a container's image is there, by its pull policy. Pulls run on threads of their own; their starter is
 * woken at the end. Failed pulls are tried again after 10 s, doubling to 5 minutes.
 *
 * <p>Source of the behaviour and texts: kubernetes pkg/kubelet/images/image_manager.go.
 */
public final class ImagePuller {
    private static final Logger log = LoggerFactory.getLogger(ImagePuller.class);
    private static final Duration FIRST_DELAY = Duration.ofSeconds(10);
    private static final Duration LAST_DELAY = Duration.ofMinutes(5);

    private final ContainerRuntime runtime;
    private final ObjectSource objects;
    private final PodEvents events;
    private final TimeSource time;

    /** Guards both maps. */
    private final Object lock = new Object();

    private final Map<Wanted, Pull> pulls = new HashMap<>();
    private final Map<Wanted, Backoff> backoffs = new HashMap<>();

    private record Wanted(String podUid, String what) {}

    private static final class Pull {
        boolean done;

        @Nullable
        String reference;

        @Nullable
        String error;
    }

    private record Backoff(Duration delay, Instant until, String error) {}

    /** How an image stands. */
    public sealed interface Outcome {
        /** It is there. */
        record Present(String reference, Optional<Image> image) implements Outcome {}

        /** It is being pulled; the caller will be woken. */
        record Busy() implements Outcome {}

        /** It can't be had; look again at {@code retryAt}. */
        record Failed(String reason, String message, Instant retryAt) implements Outcome {}
    }

    public ImagePuller(ContainerRuntime runtime, ObjectSource objects, PodEvents events, TimeSource time) {
        this.runtime = runtime;
        this.objects = objects;
        this.events = events;
        this.time = time;
    }

    /** @param wake run when a pull that was begun by this call has ended */
    public Outcome ensure(Pod pod, Member member, SandboxConfig sandbox, Runnable wake) {
        var image = member.container().getImage();
        var wanted = new Wanted(Pods.uid(pod), member.name());
        Pull pull;
        synchronized (lock) {
            pull = pulls.get(wanted);
            if (pull != null && !pull.done) {
                return new Outcome.Busy();
            }
            pulls.remove(wanted);
        }
        if (pull != null) {
            return pulled(member, pull);
        }
        var reference = tagged(image);
        Optional<Image> present;
        try {
            present = runtime.imageStatus(reference);
        } catch (RuntimeFailure e) {
            var message = "Failed to inspect image " + GoText.quote(image) + ": " + e.getMessage();
            events.warning(pod, member, "InspectFailed", message);
            return new Outcome.Failed("ImageInspectError", message, time.now().plusSeconds(1));
        }
        var policy = policy(member, image);
        if (present.isPresent() && !policy.equals("Always")) {
            events.normal(
                    pod,
                    member,
                    "Pulled",
                    "Container image " + GoText.quote(image)
                            + " already present on machine and can be accessed by the pod");
            return new Outcome.Present(present.get().id(), present);
        }
        if (policy.equals("Never")) {
            var message = "Container image " + GoText.quote(image) + " is not present with pull policy of Never";
            events.warning(pod, member, "ErrImageNeverPull", message);
            return new Outcome.Failed("ErrImageNeverPull", message, time.now().plusSeconds(10));
        }
        return begin(pod, member, sandbox, wanted, reference, wake);
    }

    private Outcome begin(
            Pod pod, Member member, SandboxConfig sandbox, Wanted wanted, String reference, Runnable wake) {
        var image = member.container().getImage();
        var pull = new Pull();
        synchronized (lock) {
            var backoff = backoffs.get(new Wanted(Pods.uid(pod), image));
            if (backoff != null && time.now().isBefore(backoff.until())) {
                events.normal(pod, member, "BackOff", "Back-off pulling image " + GoText.quote(image));
                return new Outcome.Failed(
                        "ImagePullBackOff",
                        "Back-off pulling image " + GoText.quote(image) + ": ErrImagePull: " + backoff.error(),
                        backoff.until());
            }
            pulls.put(wanted, pull);
        }
        events.normal(pod, member, "Pulling", "Pulling image " + GoText.quote(image));
        time.start("pull-" + image, () -> {
            pull(pod, member, sandbox, reference, pull);
            wake.run();
        });
        return new Outcome.Busy();
    }

    private void pull(Pod pod, Member member, SandboxConfig sandbox, String reference, Pull pull) {
        var image = member.container().getImage();
        long began = time.nanoTime();
        String result = null;
        String error = null;
        try {
            result = pull(pod, reference, sandbox);
            var took = GoText.duration(Duration.ofMillis((time.nanoTime() - began) / 1_000_000));
            long size = runtime.imageStatus(reference).map(Image::sizeBytes).orElse(0L);
            events.normal(
                    pod,
                    member,
                    "Pulled",
                    "Successfully pulled image " + GoText.quote(image) + " in " + took + " (" + took
                            + " including waiting). Image size: " + size + " bytes.");
        } catch (RuntimeException e) {
            error = e.getMessage() == null ? e.toString() : e.getMessage();
            log.info("Can't pull {}: {}", image, error);
            events.warning(pod, member, "Failed", "Failed to pull image " + GoText.quote(image) + ": " + error);
        }
        synchronized (lock) {
            var key = new Wanted(Pods.uid(pod), image);
            if (error == null) {
                backoffs.remove(key);
            } else {
                var last = backoffs.get(key);
                var delay = last == null ? FIRST_DELAY : last.delay().multipliedBy(2);
                delay = delay.compareTo(LAST_DELAY) > 0 ? LAST_DELAY : delay;
                backoffs.put(key, new Backoff(delay, time.now().plus(delay), error));
            }
            pull.reference = result;
            pull.error = error;
            pull.done = true;
        }
    }

    private String pull(Pod pod, String reference, SandboxConfig sandbox) {
        List<Secret> secrets = new ArrayList<>();
        for (var ref : Pods.orEmpty(pod.getSpec().getImagePullSecrets())) {
            objects.secret(pod.getMetadata().getNamespace(), ref.getName()).ifPresent(secrets::add);
        }
        RuntimeFailure last = null;
        for (var auth : RegistrySecrets.matching(reference, secrets)) {
            try {
                return runtime.pullImage(reference, auth, sandbox);
            } catch (RuntimeFailure e) {
                last = e;
            }
        }
        if (last != null) {
            throw last;
        }
        return runtime.pullImage(reference, RegistryAuth.NONE, sandbox);
    }

    private Outcome pulled(Member member, Pull pull) {
        if (pull.reference != null) {
            return new Outcome.Present(
                    pull.reference,
                    runtime.imageStatus(tagged(member.container().getImage())));
        }
        return new Outcome.Failed(
                "ErrImagePull", String.valueOf(pull.error), time.now().plusSeconds(1));
    }

    /** Lets go of what is kept about a pod. */
    public void forget(String podUid) {
        synchronized (lock) {
            pulls.keySet().removeIf(w -> w.podUid().equals(podUid));
            backoffs.keySet().removeIf(w -> w.podUid().equals(podUid));
        }
    }

    private static String policy(Member member, String image) {
        var policy = member.container().getImagePullPolicy();
        if (policy != null && !policy.isEmpty()) {
            return policy;
        }
        return tagged(image).endsWith(":latest") ? "Always" : "IfNotPresent";
    }

    /** A name without tag and digest means the tag {@code latest}. */
    static String tagged(String image) {
        boolean named = image.contains("@") || image.lastIndexOf(':') > image.lastIndexOf('/');
        return named || image.startsWith("sha256:") ? image : image + ":latest";
    }
}
