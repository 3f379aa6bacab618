package dev.navarch.embedded;

import java.io.IOException;

/** What may happen to a simulated node. The rest of the cluster finds out as it does in real life, as its clock moves on. */
public final class NodeControl {
    private final SimulatedNode node;

    NodeControl(SimulatedNode node) {
        this.node = node;
    }

    /** It loses its power: all that runs on it is gone, and nobody says so. */
    public void kill() {
        node.kill();
    }

    /** It has power again: the agent comes up and starts what shall run there. Does nothing if it runs. */
    public void start() {
        try {
            node.start();
        } catch (IOException e) {
            throw new EmbeddedClusterException("node " + node.name() + " could not be started", e);
        }
    }

    /** It loses its network: what runs on it goes on, but it and the API server can't reach each other. */
    public void cutOff() {
        node.cutOff();
    }

    /** Its network is there again. */
    public void heal() {
        node.heal();
    }
}
