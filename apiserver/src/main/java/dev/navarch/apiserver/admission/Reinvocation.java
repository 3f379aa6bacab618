package dev.navarch.apiserver.admission;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * When a webhook or a policy has changed an object, all that change objects see it once more, and of the webhooks and
 * policies those that want to and that were asked before others changed something. Of one request (source:
 * k8s.io/apiserver pkg/admission/reinvocation.go, pkg/admission/plugin/webhook/mutating/reinvocationcontext.go).
 */
public final class Reinvocation {
    private boolean again;
    private boolean wanted;
    private final Map<String, Asked> asked = new HashMap<>();

    /** Whether this is the second round. */
    public boolean again() {
        return again;
    }

    /** Begins the second round, if somebody wants one. */
    boolean begin() {
        again = wanted && !again;
        return again;
    }

    /** Whom a plugin has asked about the object. */
    public Asked askedBy(String plugin) {
        return asked.computeIfAbsent(plugin, _ -> new Asked());
    }

    /** Whom one plugin has asked. They are told apart by their keys. */
    public final class Asked {
        private final Set<Object> before = new HashSet<>();
        private final Set<Object> once = new HashSet<>();
        private @Nullable ObjectNode left;

        /** In the second round: if others have changed the object since, all that want to are asked again. */
        public void begin(Optional<ObjectNode> object) {
            if (again && left != null && !object.equals(Optional.of(left))) {
                askAgain();
            }
        }

        /** Whether this one is to be asked now. */
        public boolean asks(Object key) {
            return !again || once.contains(key);
        }

        /** This one was asked, and wants to be asked again should others change something. */
        public void wantsMore(Object key) {
            before.add(key);
        }

        /** One that was asked has changed the object. */
        public void changed() {
            askAgain();
            wanted = true;
        }

        private void askAgain() {
            once.addAll(before);
            before.clear();
        }

        /** Remembers what the object is when the plugin is through with it. */
        public void end(Optional<ObjectNode> object) {
            left = object.map(ObjectNode::deepCopy).orElse(null);
        }
    }
}
