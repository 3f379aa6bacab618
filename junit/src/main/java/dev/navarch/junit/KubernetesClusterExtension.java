package dev.navarch.junit;

import dev.navarch.embedded.ClusterClock;
import dev.navarch.embedded.EmbeddedCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** What {@link KubernetesCluster} brings. */
public final class KubernetesClusterExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterTestExecutionCallback, ParameterResolver {
    private static final Namespace OURS = Namespace.create(KubernetesClusterExtension.class);
    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static final String FABRIC8 = "io.fabric8.kubernetes.client.KubernetesClient";

    /** JUnit closes what is kept when the context ends in which it was put. */
    private record Kept(EmbeddedCluster cluster) implements AutoCloseable {
        @Override
        public void close() {
            cluster.close();
        }
    }

    private record Scratch(Path file) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            Files.deleteIfExists(file);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        if (asked(context).lifetime() != KubernetesCluster.Lifetime.METHOD) {
            cluster(context);
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        cluster(context);
    }

    private static KubernetesCluster asked(ExtensionContext context) {
        for (var at = context; ; at = at.getParent().orElseThrow()) {
            var found =
                    at.getTestClass().flatMap(type -> AnnotationSupport.findAnnotation(type, KubernetesCluster.class));
            if (found.isPresent()) {
                return found.get();
            }
            if (at.getParent().isEmpty()) {
                throw new ExtensionConfigurationException(
                        "annotate the class with @KubernetesCluster, which brings this extension");
            }
        }
    }

    private static EmbeddedCluster cluster(ExtensionContext context) {
        var asked = asked(context);
        var home = switch (asked.lifetime()) {
            case RUN -> context.getRoot();
            case CLASS -> ofClass(context);
            case METHOD -> context;
        };
        return home.getStore(OURS)
                .computeIfAbsent(asked, _ -> new Kept(start(asked)), Kept.class)
                .cluster();
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

    private static EmbeddedCluster start(KubernetesCluster asked) {
        var builder = EmbeddedCluster.builder().nodes(asked.nodes()).runtimeConfig(asked.runtimeConfig());
        if (!asked.startsAt().isEmpty()) {
            builder.startsAt(java.time.Instant.parse(asked.startsAt()));
        }
        if (asked.paused()) {
            builder.paused();
        }
        var cluster = builder.start();
        try {
            for (var manifest : asked.manifests()) {
                ManifestSource.apply(cluster, manifest);
            }
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        var type = parameter.getParameter().getType();
        return type == EmbeddedCluster.class
                || type == ClusterClock.class
                || type.getName().equals(FABRIC8)
                || (type == String.class && parameter.isAnnotated(TestNamespace.class))
                || ((type == String.class || type == Path.class) && parameter.isAnnotated(Kubeconfig.class));
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        var cluster = cluster(context);
        var type = parameter.getParameter().getType();
        if (type == EmbeddedCluster.class) {
            return cluster;
        }
        if (type == ClusterClock.class) {
            return cluster.clock();
        }
        if (parameter.isAnnotated(TestNamespace.class)) {
            return namespace(cluster, context);
        }
        if (type.getName().equals(FABRIC8)) {
            return Fabric8.client(cluster, context.getStore(OURS));
        }
        var text = parameter
                .findAnnotation(Kubeconfig.class)
                .filter(who -> !who.user().isEmpty())
                .map(who -> cluster.kubeconfig(who.user(), who.groups()))
                .orElseGet(cluster::kubeconfig);
        return type == String.class ? text : file(text, context);
    }

    private static Path file(String text, ExtensionContext context) {
        try {
            var file = Files.createTempFile("kubeconfig", ".yaml");
            context.getStore(OURS).put(file, new Scratch(file));
            Files.writeString(file, text);
            return file;
        } catch (IOException e) {
            throw new ExtensionConfigurationException("can't write a kubeconfig", e);
        }
    }

    private static String namespace(EmbeddedCluster cluster, ExtensionContext context) {
        return context.getStore(OURS)
                .computeIfAbsent(
                        TestNamespace.class,
                        _ -> {
                            var name = name(context) + "-" + NAMESPACES.incrementAndGet();
                            cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: " + name + "}}");
                            return name;
                        },
                        String.class);
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

    @Override
    public void afterTestExecution(ExtensionContext context) {
        context.getExecutionException().ifPresent(_ -> {
            var namespace = context.getStore(OURS).get(TestNamespace.class, String.class);
            var events = cluster(context).recentEvents(namespace == null ? "" : namespace);
            if (!events.isEmpty()) {
                context.publishReportEntry("recent events of the cluster", events);
            }
        });
    }
}
