package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.tree.Tree;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a PriorityLevelConfiguration asks for. Source: k8s.io/apiserver pkg/util/flowcontrol/apf_controller.go,
 * queueSetCompleterForPL and plSpecCommons.
 *
 * @param shares of all seats of the server
 * @param lendablePercent how much of these others may have
 * @param borrowingLimitPercent how much of others' it may have, in its own seats; any number if empty
 */
record LevelSpec(
        String name, int shares, int lendablePercent, Optional<Integer> borrowingLimitPercent, Queuing queuing) {
    static final String EXEMPT = "exempt";
    static final String CATCH_ALL = "catch-all";

    boolean exempt() {
        return queuing.exempt();
    }

    /** Empty if it contradicts itself, as validation lets none. */
    static Optional<LevelSpec> of(ObjectNode object) {
        var name = Tree.text(object, "metadata", "name");
        var spec = object.path("spec");
        var limited = spec.path("limited");
        boolean exempt = spec.path("type").asString("").equals("Exempt");
        if (exempt != name.equals(EXEMPT) || exempt == limited.isObject()) {
            return Optional.empty();
        }
        if (exempt) {
            var own = spec.path("exempt");
            return Optional.of(new LevelSpec(
                    name,
                    number(own, "nominalConcurrencyShares", 0),
                    number(own, "lendablePercent", 0),
                    Optional.empty(),
                    Queuing.EXEMPT));
        }
        return queuing(limited.path("limitResponse"))
                .map(queuing -> new LevelSpec(
                        name,
                        number(limited, "nominalConcurrencyShares", 30),
                        number(limited, "lendablePercent", 0),
                        limited.path("borrowingLimitPercent").isNumber()
                                ? Optional.of(number(limited, "borrowingLimitPercent", 0))
                                : Optional.empty(),
                        queuing));
    }

    private static Optional<Queuing> queuing(JsonNode response) {
        var queuing = response.path("queuing");
        if (response.path("type").asString("").equals("Reject")) {
            return queuing.isObject() ? Optional.empty() : Optional.of(Queuing.NONE);
        }
        int queues = number(queuing, "queues", 64);
        int handSize = number(queuing, "handSize", 8);
        return Dealer.complaint(queues, handSize).isPresent()
                ? Optional.empty()
                : Optional.of(new Queuing(queues, handSize, number(queuing, "queueLengthLimit", 50)));
    }

    private static int number(JsonNode in, String field, int otherwise) {
        return in.path(field).asInt(otherwise);
    }
}
