package dev.navarch.junit;

import dev.navarch.embedded.EmbeddedCluster;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * The definitions of fabric8's custom-resource classes. Everything of fabric8's is called by name, so that any of its versions
 * does.
 */
final class Definitions {
    private static final String MODEL = Fabric8.HOME + ".kubernetes.model.annotation.";
    private static final String NAMESPACED = Fabric8.HOME + ".kubernetes.api.model.Namespaced";
    private static final String GENERATOR = Fabric8.HOME + ".crdv2.generator.CRDGenerator";

    private Definitions() {}

    /** @throws ExtensionConfigurationException if the class is not one of a custom resource */
    static void apply(EmbeddedCluster cluster, Class<?> type) {
        var group = annotated(type, "Group")
                .orElseThrow(() -> new ExtensionConfigurationException(type.getName()
                        + " is no custom resource: it lacks the annotations Group and Version of fabric8's model"));
        var version = annotated(type, "Version").orElse("v1");
        var kind = annotated(type, "Kind").orElse(type.getSimpleName());
        var singular = annotated(type, "Singular").orElse(kind.toLowerCase(Locale.ROOT));
        var plural = annotated(type, "Plural").orElse(plural(singular));
        var name = plural + "." + group;
        cluster.apply(compiled(type, name)
                .or(() -> generated(type, name))
                .orElseGet(() -> open(type, group, version, kind, singular, plural)));
    }

    private static Optional<String> annotated(Class<?> type, String annotation) {
        for (var present : type.getAnnotations()) {
            if (present.annotationType().getName().equals(MODEL + annotation)) {
                try {
                    var value = present.annotationType().getMethod("value").invoke(present);
                    return Optional.of(value.toString()).filter(text -> !text.isEmpty());
                } catch (ReflectiveOperationException e) {
                    throw new ExtensionConfigurationException("can't read " + present, e);
                }
            }
        }
        return Optional.empty();
    }

    /** As fabric8 makes them (source: io.fabric8.kubernetes.api.Pluralize, the rules that matter). */
    private static String plural(String singular) {
        if (singular.endsWith("s") || singular.endsWith("x") || singular.endsWith("ch") || singular.endsWith("sh")) {
            return singular + "es";
        }
        int last = singular.length() - 1;
        return singular.endsWith("y") && last > 0 && "aeiou".indexOf(singular.charAt(last - 1)) < 0
                ? singular.substring(0, last) + "ies"
                : singular + "s";
    }

    /** What fabric8's generator has written beside the classes. */
    private static Optional<String> compiled(Class<?> type, String name) {
        try (var in = type.getClassLoader().getResourceAsStream("META-INF/fabric8/" + name + "-v1.yml")) {
            return in == null ? Optional.empty() : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new ExtensionConfigurationException("can't read the definition of " + name, e);
        }
    }

    private static Optional<String> generated(Class<?> type, String name) {
        Class<?> generator;
        try {
            generator = Class.forName(GENERATOR, true, type.getClassLoader());
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
        try {
            var folder = Files.createTempDirectory("navarch-crds");
            var file = folder.resolve(name + "-v1.yml");
            try {
                var one = generator.getConstructor().newInstance();
                var classes = Array.newInstance(Class.class, 1);
                Array.set(classes, 0, type);
                one = generator
                        .getMethod("customResourceClasses", classes.getClass())
                        .invoke(one, classes);
                one = generator.getMethod("forCRDVersions", String[].class).invoke(one, (Object) new String[] {"v1"});
                one = generator.getMethod("inOutputDir", File.class).invoke(one, folder.toFile());
                generator.getMethod("generate").invoke(one);
                return Optional.of(Files.readString(file));
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(folder);
            }
        } catch (InvocationTargetException e) {
            throw new ExtensionConfigurationException(
                    "fabric8's generator made no definition of " + type.getName() + ": " + e.getCause(), e);
        } catch (ReflectiveOperationException | IOException e) {
            throw new ExtensionConfigurationException(
                    "fabric8's generator made no definition of " + type.getName() + ": " + e, e);
        }
    }

    private static String open(
            Class<?> type, String group, String version, String kind, String singular, String plural) {
        var scope = isNamespaced(type) ? "Namespaced" : "Cluster";
        return """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: %2$s.%1$s}
                spec:
                  group: %1$s
                  scope: %3$s
                  names: {plural: %2$s, singular: %4$s, kind: %5$s}
                  versions:
                  - name: %6$s
                    served: true
                    storage: true
                    subresources: {status: {}}
                    schema:
                      openAPIV3Schema:
                        type: object
                        x-kubernetes-preserve-unknown-fields: true
                """.formatted(group, plural, scope, singular, kind, version);
    }

    private static boolean isNamespaced(Class<?> type) {
        for (Class<?> at = type; at != null; at = at.getSuperclass()) {
            for (var one : at.getInterfaces()) {
                if (one.getName().equals(NAMESPACED)) {
                    return true;
                }
            }
        }
        return false;
    }
}
