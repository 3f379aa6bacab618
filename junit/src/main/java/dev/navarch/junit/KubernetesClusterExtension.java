package dev.navarch.junit;

import dev.navarch.embedded.ClusterClock;
import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.embedded.EmbeddedClusterException;
import java.io.IOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/**
 * What {@link KubernetesCluster} brings. It may also be a field, with a cluster of its own making: of the class if the field is
 * static, else of each test.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final KubernetesClusterExtension kubernetes =
 *         new KubernetesClusterExtension(() -> EmbeddedCluster.builder().nodes(3).paused().start());
 * }</pre>
 */
public final class KubernetesClusterExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterTestExecutionCallback, ParameterResolver {
    private static final Namespace OURS = Namespace.create(KubernetesClusterExtension.class);
    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static final int MOST_REQUESTS = 60;
    private static final String CONTAINERS = "navarch.containers";

    private final Optional<Supplier<EmbeddedCluster>> made;
    private volatile boolean ofClass;
    private volatile @Nullable EmbeddedCluster current;

    /** For {@link KubernetesCluster}, which says what cluster it shall be. */
    public KubernetesClusterExtension() {
        made = Optional.empty();
    }

    /** @param cluster starts one; it is closed when the class, or the test, has ended */
    public KubernetesClusterExtension(Supplier<EmbeddedCluster> cluster) {
        made = Optional.of(cluster);
    }

    /** JUnit closes what is kept when the context ends in which it was put; versions before 5.13 only what is of its type. */
    @SuppressWarnings("deprecation")
    private static final class Kept<T> implements ExtensionContext.Store.CloseableResource, AutoCloseable {
        private final T value;
        private final AutoCloseable closing;

        Kept(T value, AutoCloseable closing) {
            this.value = value;
            this.closing = closing;
        }

        @Override
        public void close() throws Exception {
            closing.close();
        }
    }

    /** What is kept under a key in this context; {@code computeIfAbsent} came with JUnit 6. */
    @SuppressWarnings({"deprecation", "unchecked"})
    private static <T> Kept<T> kept(ExtensionContext context, Object key, Supplier<Kept<T>> maker) {
        return (Kept<T>) context.getStore(OURS).getOrComputeIfAbsent(key, _ -> maker.get(), Kept.class);
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IllegalAccessException {
        ofClass = true;
        if (made.isPresent() || asked(context).lifetime() != KubernetesCluster.Lifetime.METHOD) {
            cluster(context);
            inject(context, context.getRequiredTestClass(), null);
            // one instance for all tests is there already, and its methods before them are next
            for (var instance :
                    context.getTestInstances().map(all -> all.getAllInstances()).orElse(List.of())) {
                inject(context, instance.getClass(), instance);
            }
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IllegalAccessException {
        cluster(context);
        for (var instance : context.getRequiredTestInstances().getAllInstances()) {
            inject(context, instance.getClass(), instance);
        }
    }

    /** The cluster of the running class or test, for an extension that is a field. */
    public EmbeddedCluster cluster() {
        var cluster = current;
        if (cluster == null) {
            throw new IllegalStateException(
                    "there is no cluster yet: the extension is a field with @RegisterExtension, and starts it before the tests");
        }
        return cluster;
    }

    private static Wanted asked(ExtensionContext context) {
        for (var at = Optional.of(context); at.isPresent(); at = at.get().getParent()) {
            var found = at.get()
                    .getTestClass()
                    .flatMap(type -> AnnotationSupport.findAnnotation(type, KubernetesCluster.class));
            if (found.isPresent()) {
                return Wanted.by(found.get(), containers(context));
            }
        }
        throw new ExtensionConfigurationException(
                "annotate the class with @KubernetesCluster, or make the extension a field with a cluster of its own");
    }

    private static KubernetesCluster.Containers containers(ExtensionContext context) {
        return context.getConfigurationParameter(CONTAINERS, text -> {
                    try {
                        return KubernetesCluster.Containers.valueOf(text.toUpperCase(Locale.ROOT));
                    } catch (IllegalArgumentException e) {
                        throw new ExtensionConfigurationException(
                                CONTAINERS + " is neither \"simulated\" nor \"real\": " + text, e);
                    }
                })
                .orElse(KubernetesCluster.Containers.SIMULATED);
    }

    private EmbeddedCluster cluster(ExtensionContext context) {
        if (made.isPresent()) {
            var home = ofClass ? ofClass(context) : context;
            var cluster = kept(home, this, () -> closing(made.get().get())).value;
            current = cluster;
            return cluster;
        }
        var asked = asked(context);
        var home = switch (asked.lifetime()) {
            case RUN -> context.getRoot();
            case CLASS -> ofClass(context);
            case METHOD -> context;
        };
        return kept(home, asked, () -> closing(asked.start())).value;
    }

    private static Kept<EmbeddedCluster> closing(EmbeddedCluster cluster) {
        return new Kept<>(cluster, cluster);
    }

    /** The context of the outermost class that asks for a cluster. */
    private static ExtensionContext ofClass(ExtensionContext context) {
        var found = context;
        for (var at = context; at.getParent().isPresent(); at = at.getParent().get()) {
            if (at.getTestClass().isPresent() && at.getTestMethod().isEmpty()) {
                found = at;
            }
        }
        return found;
    }

    // Injection

    private static boolean supports(Class<?> type, AnnotatedElement place) {
        return type == EmbeddedCluster.class
                || type == ClusterClock.class
                || type.getName().equals(Fabric8.TYPE)
                || type.getName().equals(OfficialClient.TYPE)
                || (type == String.class && place.isAnnotationPresent(TestNamespace.class))
                || ((type == String.class || type == Path.class) && place.isAnnotationPresent(Kubeconfig.class));
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return supports(parameter.getParameter().getType(), parameter.getParameter());
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return resolve(parameter.getParameter().getType(), parameter.getParameter(), context);
    }

    private void inject(ExtensionContext context, Class<?> type, @Nullable Object instance)
            throws IllegalAccessException {
        for (var field : AnnotationSupport.findAnnotatedFields(type, Injected.class)) {
            set(field, instance, context);
        }
        for (var annotation : List.of(Kubeconfig.class, TestNamespace.class)) {
            for (var field : AnnotationSupport.findAnnotatedFields(
                    type,
                    annotation,
                    field -> !field.isAnnotationPresent(Injected.class),
                    HierarchyTraversalMode.TOP_DOWN)) {
                set(field, instance, context);
            }
        }
    }

    private void set(Field field, @Nullable Object instance, ExtensionContext context) throws IllegalAccessException {
        if (!supports(field.getType(), field)) {
            throw new ExtensionConfigurationException(
                    "nothing of type " + field.getType().getName() + " can be injected into " + field);
        }
        if (Modifier.isStatic(field.getModifiers()) != (instance == null)) {
            return;
        }
        if (Modifier.isFinal(field.getModifiers())) {
            throw new ExtensionConfigurationException(field + " is final, and nothing can be injected into it");
        }
        field.setAccessible(true);
        field.set(instance, resolve(field.getType(), field, context));
    }

    private Object resolve(Class<?> type, AnnotatedElement place, ExtensionContext context) {
        var cluster = cluster(context);
        if (type == EmbeddedCluster.class) {
            return cluster;
        }
        if (type == ClusterClock.class) {
            return cluster.clock();
        }
        if (place.isAnnotationPresent(TestNamespace.class)) {
            return namespace(cluster, context);
        }
        var whose = Optional.ofNullable(place.getAnnotation(Kubeconfig.class))
                .filter(who -> !who.user().isEmpty());
        Supplier<String> text = () -> whose.map(who -> cluster.kubeconfig(who.user(), groups(who, context)))
                .orElseGet(cluster::kubeconfig);
        if (type.getName().equals(Fabric8.TYPE)) {
            return kept(context, new ClientKey(type, whose), () -> {
                        var client = Fabric8.client(text.get(), type);
                        return new Kept<>(client, client);
                    })
                    .value;
        }
        if (type.getName().equals(OfficialClient.TYPE)) {
            return kept(
                            context,
                            new ClientKey(type, whose),
                            () -> new Kept<>(OfficialClient.client(text.get(), type), () -> {}))
                    .value;
        }
        return type == String.class ? text.get() : file(text.get(), context);
    }

    /** Clients of one kind and user are one. */
    private record ClientKey(Class<?> type, Optional<Kubeconfig> whose) {}

    private String[] groups(Kubeconfig who, ExtensionContext context) {
        return who.groups().length > 0 || made.isPresent()
                ? who.groups()
                : asked(context).groups(who.user());
    }

    private static Path file(String text, ExtensionContext context) {
        try {
            var file = Files.createTempFile("kubeconfig", ".yaml");
            context.getStore(OURS).put(file, new Kept<>(file, () -> Files.deleteIfExists(file)));
            Files.writeString(file, text);
            return file;
        } catch (IOException e) {
            throw new ExtensionConfigurationException("can't write a kubeconfig", e);
        }
    }

    private static String namespace(EmbeddedCluster cluster, ExtensionContext context) {
        return kept(context, TestNamespace.class, () -> {
                    var name = name(context) + "-" + NAMESPACES.incrementAndGet();
                    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: " + name + "}}");
                    return new Kept<>(name, () -> {});
                })
                .value;
    }

    /** The test's name as far as it can be part of a namespace's. */
    private static String name(ExtensionContext context) {
        var text = context.getTestMethod()
                .map(method -> method.getName())
                .orElse("test")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]", "");
        var name = "t" + text;
        return name.substring(0, Math.min(40, name.length()));
    }

    // What happened

    @Override
    public void afterTestExecution(ExtensionContext context) {
        if (context.getExecutionException().isEmpty()) {
            return;
        }
        var kept = context.getStore(OURS).get(TestNamespace.class, Kept.class);
        var namespace = kept == null ? "" : String.valueOf(kept.value);
        String events;
        String requests;
        try {
            var cluster = cluster(context);
            requests = cluster.recentRequests(namespace);
            events = cluster.recentEvents(namespace);
        } catch (IllegalStateException | EmbeddedClusterException e) {
            return; // the test has closed it
        }
        tell(context, "recent events of the cluster", events);
        tell(context, "recent requests to the cluster", last(requests));
    }

    private static String last(String requests) {
        var lines = requests.lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - MOST_REQUESTS), lines.size()));
    }

    private static void tell(ExtensionContext context, String what, String text) {
        if (!text.isEmpty()) {
            context.publishReportEntry(what, text);
            System.err.println(context.getDisplayName() + ": " + what + "\n" + text.indent(2));
        }
    }
}
