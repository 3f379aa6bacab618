package dev.navarch.runtime.cri;

import dev.navarch.kubelet.runtime.CommandContract;
import dev.navarch.kubelet.runtime.ContainerConfig;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.SandboxConfig;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract, on a real containerd. */
class CriRuntimeIT extends CommandContract {
    private static RealNode node;

    @BeforeAll
    static void startContainerd() throws Exception {
        node = new RealNode("10.231.1.0/24");
    }

    @AfterAll
    static void leaveNothing() throws Exception {
        if (node != null) {
            node.close();
        }
    }

    @Override
    protected Harness start() {
        return new Harness() {
            @Override
            public ContainerRuntime runtime() {
                return node.runtime();
            }

            @Override
            public SandboxConfig sandbox(String name) {
                return node.sandbox(name);
            }

            @Override
            public ContainerConfig idle(String name) {
                return RealNode.container(name, "trap exit TERM; while :; do sleep 1000 & wait; done");
            }

            @Override
            public ContainerConfig exiting(String name, int code) {
                return RealNode.container(name, "exit " + code);
            }

            @Override
            public ContainerConfig printing(String name, String line) {
                return RealNode.container(
                        name, "echo " + line + "; trap exit TERM; while :; do sleep 1000 & wait; done");
            }

            @Override
            public String image() {
                return RealNode.IMAGE;
            }

            @Override
            public void await(String what, BooleanSupplier condition) {
                RealNode.await(what, condition);
            }

            @Override
            public void close() {}
        };
    }
}
