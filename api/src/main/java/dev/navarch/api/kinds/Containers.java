package dev.navarch.api.kinds;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The one visitor of a pod spec's containers of every role. */
final class Containers {
    /** What a container is for. */
    enum Role {
        REGULAR("containers"),
        INIT("initContainers"),
        EPHEMERAL("ephemeralContainers");

        private final String field;

        Role(String field) {
            this.field = field;
        }

        String field() {
            return field;
        }
    }

    /** A container and its role. */
    record Container(At at, Role role) {
        String name() {
            return at.at("name").text();
        }

        /** An init container that keeps running beside the regular ones. */
        boolean isSidecar() {
            return role == Role.INIT && at.at("restartPolicy").is("Always");
        }
    }

    private Containers() {}

    /** All containers, in the order regular, init, ephemeral. */
    static List<Container> of(At podSpec) {
        List<Container> all = new ArrayList<>();
        for (Role role : Role.values()) {
            podSpec.at(role.field()).items().forEach(item -> all.add(new Container(item, role)));
        }
        return all;
    }

    /** All containers, in the order in which upstream visits them: init, regular, ephemeral. */
    static List<Container> initFirst(At podSpec) {
        List<Container> all = new ArrayList<>();
        for (Role role : List.of(Role.INIT, Role.REGULAR, Role.EPHEMERAL)) {
            podSpec.at(role.field()).items().forEach(item -> all.add(new Container(item, role)));
        }
        return all;
    }

    /** All containers of these roles, to be changed. */
    static List<ObjectNode> trees(JsonNode podSpec, Role... roles) {
        List<ObjectNode> all = new ArrayList<>();
        for (Role role : roles) {
            all.addAll(At.objects(podSpec.path(role.field())));
        }
        return all;
    }
}
