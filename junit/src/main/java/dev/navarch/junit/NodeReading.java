package dev.navarch.junit;

import dev.navarch.embedded.EmbeddedNode;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** Turns the annotation of a node into what a cluster takes. */
final class NodeReading {
    private NodeReading() {}

    static EmbeddedNode of(SimulatedNode asked) {
        var node =
                EmbeddedNode.of(asked.name()).withCapacity("cpu", asked.cpu()).withCapacity("memory", asked.memory());
        for (var text : asked.capacity()) {
            var pair = pair(text, asked);
            node = node.withCapacity(pair[0], pair[1]);
        }
        for (var text : asked.labels()) {
            var pair = pair(text, asked);
            node = node.withLabel(pair[0], pair[1]);
        }
        for (var taint : asked.taints()) {
            node = node.withTaint(taint);
        }
        return node;
    }

    private static String[] pair(String text, SimulatedNode of) {
        var pair = text.split("=", 2);
        if (pair.length < 2) {
            throw new ExtensionConfigurationException(
                    "node " + of.name() + ": \"" + text + "\" is not of the form key=value");
        }
        return pair;
    }
}
