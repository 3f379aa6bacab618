package dev.navarch.conformance;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** The stage of one behaviour: the administrator's client and a namespace that goes afterwards. */
public final class Scenario {
    /** How long anything may take that a behaviour waits for. */
    public static final Duration LIMIT = Duration.ofMinutes(3);

    private static final Duration POLL = Duration.ofMillis(50);
    private static final int CONFLICTS = 20;

    public static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);
    public static final PatchContext STRATEGIC = PatchContext.of(PatchType.STRATEGIC_MERGE);
    public static final PatchContext JSON = PatchContext.of(PatchType.JSON);

    private final ClusterUnderTest cluster;
    private final String about;
    private final Deque<Runnable> afterwards = new ArrayDeque<>();
    private @Nullable String namespace;

    Scenario(ClusterUnderTest cluster, String about) {
        this.cluster = cluster;
        this.about = about.replace("Behaviours", "").toLowerCase(Locale.ROOT);
    }

    public KubernetesClient client() {
        return cluster.client();
    }

    public Http http() {
        return new Http(client());
    }

    public Path kubeconfig() {
        return cluster.kubeconfig();
    }

    /** The behaviour's own namespace, with a default service account; it is made when it is first asked for. */
    public String namespace() {
        if (namespace == null) {
            namespace = newNamespace(about).getMetadata().getName();
        }
        return namespace;
    }

    /** A further namespace, which goes afterwards too. */
    public Namespace newNamespace(String prefix) {
        return newNamespace(new NamespaceBuilder()
                .withNewMetadata()
                .withName(unique(prefix))
                .addToLabels("e2e-run", about)
                .endMetadata()
                .build());
    }

    public Namespace newNamespace(Namespace wanted) {
        var made = client().namespaces().resource(wanted).create();
        var name = made.getMetadata().getName();
        afterwards(() -> http().delete("/api/v1/namespaces/" + name));
        await(
                "default service account of " + name,
                client().serviceAccounts().inNamespace(name).withName("default"),
                accounts -> !accounts.isEmpty());
        return made;
    }

    /** A name that no other behaviour uses. */
    public String unique(String prefix) {
        return prefix + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    /** Objects of a manifest, into the scenario's namespace where they are namespaced and name none. */
    public <T extends HasMetadata> T create(Class<T> type, String yaml) {
        var object = client().getKubernetesSerialization().unmarshal(yaml, type);
        return create(object);
    }

    public <T extends HasMetadata> T create(T object) {
        if (object instanceof io.fabric8.kubernetes.api.model.Namespaced
                && object.getMetadata().getNamespace() == null) {
            object.getMetadata().setNamespace(namespace());
        }
        var made = client().resource(object).create();
        if (!(object instanceof io.fabric8.kubernetes.api.model.Namespaced)) {
            afterwards(() -> client().resource(made).delete());
        }
        return made;
    }

    /** Reads a manifest. */
    public <T> T parse(Class<T> type, String yaml) {
        return client().getKubernetesSerialization().unmarshal(yaml, type);
    }

    /** Runs after the behaviour, last one first; what it can't do is nobody's concern. */
    public void afterwards(Runnable step) {
        afterwards.push(step);
    }

    /**
     * Waits until what a watch shows meets a condition.
     *
     * @param objects the objects that are looked at, all of them at a time
     * @return the objects as they were then
     */
    public <T> List<T> await(String what, Informable<T> objects, Predicate<List<T>> condition) {
        return await(what, LIMIT, objects, condition);
    }

    public <T> List<T> await(String what, Duration limit, Informable<T> objects, Predicate<List<T>> condition) {
        var last = new AtomicReference<List<T>>(List.of());
        var future = objects.informOnCondition(found -> {
            last.set(List.copyOf(found));
            return condition.test(found);
        });
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not within " + limit + ": " + what + "; it is " + yaml(last.get()), e);
        } catch (ExecutionException e) {
            throw new AssertionError(what + ": " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for: " + what + "; it is " + yaml(last.get()), e);
        } finally {
            future.cancel(true);
        }
    }

    /** Waits until the one object there is meets a condition. */
    public <T> T awaitOne(String what, Informable<T> object, Predicate<T> condition) {
        return await(what, object, found -> found.size() == 1 && condition.test(found.getFirst()))
                .getFirst();
    }

    /** Waits until nothing is left. */
    public <T> void awaitGone(String what, Informable<T> objects) {
        await(what + " is gone", objects, List::isEmpty);
    }

    /** Waits until something is so that no watch shows, such as what the server does next with a request. */
    public void eventually(String what, BooleanSupplier condition) {
        eventually(what, LIMIT, POLL, condition);
    }

    /** @param pause between two looks */
    public void eventually(String what, Duration limit, Duration pause, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline || Thread.interrupted()) {
                throw new AssertionError("not within " + limit + ": " + what);
            }
            LockSupport.parkNanos(pause.toNanos());
        }
    }

    private String yaml(Object value) {
        return client().getKubernetesSerialization().asYaml(value);
    }

    /** What the server refuses. */
    public static KubernetesClientException refusal(ThrowingCallable request) {
        return org.assertj.core.api.Assertions.catchThrowableOfType(KubernetesClientException.class, request);
    }

    /** Does a read and the write that follows from it again while somebody else writes in between. */
    public static <T> T untilNoConflict(Supplier<T> readAndWrite) {
        for (int attempt = 1; ; attempt++) {
            try {
                return readAndWrite.get();
            } catch (KubernetesClientException e) {
                if (e.getCode() != 409 || attempt == CONFLICTS) {
                    throw e;
                }
            }
        }
    }

    void end() {
        while (!afterwards.isEmpty()) {
            try {
                afterwards.pop().run();
            } catch (RuntimeException | AssertionError _) {
                // The cluster is what is tried, and the behaviour is over.
            }
        }
    }
}
