package dev.navarch.clients;

import dev.navarch.cli.Kubectl;
import dev.navarch.cli.NavarchProcess;
import dev.navarch.cli.TestMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests {@code Kubectl} for one cluster that all of them share: {@code navarch up} with simulated nodes, or the one
 * whose kubeconfig {@code NAVARCH_CLIENTS_KUBECONFIG} names.
 */
public final class SharedCluster implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(SharedCluster.class);

    private record Running(NavarchProcess process) implements AutoCloseable {
        static Running start() {
            try {
                var home = Files.createTempDirectory("clients");
                return new Running(NavarchProcess.start(
                        home, "--runtime=simulated", "--nodes=2", "--port=" + TestMachine.freePort()));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() throws Exception {
            process.close();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Kubectl.class;
    }

    @Override
    public Kubectl resolveParameter(ParameterContext parameter, ExtensionContext context) {
        var named = System.getenv("NAVARCH_CLIENTS_KUBECONFIG");
        if (named != null) {
            return new Kubectl(Path.of(named), "default");
        }
        return context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(Running.class, _ -> Running.start(), Running.class)
                .process()
                .kubectl();
    }
}
