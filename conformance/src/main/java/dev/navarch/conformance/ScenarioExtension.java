package dev.navarch.conformance;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives behaviours their {@link Scenario} and ends it after them. */
final class ScenarioExtension implements ParameterResolver, AfterEachCallback {
    private static final ExtensionContext.Namespace SHELF = ExtensionContext.Namespace.create(ScenarioExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Scenario.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        var cluster = cluster(context);
        return context.getStore(SHELF)
                .computeIfAbsent(
                        Scenario.class,
                        _ -> new Scenario(
                                cluster, context.getRequiredTestClass().getSimpleName()),
                        Scenario.class);
    }

    private static ClusterUnderTest cluster(ExtensionContext context) {
        return context.getRoot()
                .getStore(SHELF)
                .computeIfAbsent(ClusterUnderTest.class, _ -> open(), ClusterUnderTest.class);
    }

    private static ClusterUnderTest open() {
        try {
            return ClusterUnderTest.open();
        } catch (Exception e) {
            throw new IllegalStateException("no cluster to try: " + e.getMessage(), e);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        var scenario = context.getStore(SHELF).get(Scenario.class, Scenario.class);
        if (scenario != null) {
            scenario.end();
        }
    }
}
