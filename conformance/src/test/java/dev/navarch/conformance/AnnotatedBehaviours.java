package dev.navarch.conformance;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import java.util.ArrayList;
import java.util.List;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The behaviours of this module, as JUnit finds them. */
final class AnnotatedBehaviours {

    /** @param containers whether it is only tried where containers run */
    record Found(String name, String method, boolean containers) {}

    private AnnotatedBehaviours() {}

    static List<Found> all() {
        var request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectPackage("dev.navarch.conformance"))
                .filters(ClassNameFilter.includeClassNamePatterns(".*Behaviours"))
                .build();
        var plan = LauncherFactory.create().discover(request);
        List<Found> found = new ArrayList<>();
        for (var root : plan.getRoots()) {
            for (var test : plan.getDescendants(root)) {
                if (test.isTest()) {
                    found.add(of(test));
                }
            }
        }
        return found;
    }

    private static Found of(TestIdentifier test) {
        var source = (MethodSource) test.getSource().orElseThrow();
        var method = source.getJavaMethod();
        var annotation = method.getAnnotation(Behaviour.class);
        var name = annotation == null ? "" : annotation.value();
        boolean containers =
                test.getTags().stream().anyMatch(tag -> tag.getName().equals(NeedsContainers.TAG));
        return new Found(name, method.getDeclaringClass().getSimpleName() + "." + method.getName(), containers);
    }
}
