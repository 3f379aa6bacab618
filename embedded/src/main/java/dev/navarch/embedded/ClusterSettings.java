package dev.navarch.embedded;

import dev.navarch.apiserver.RuntimeConfig;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What stays the same in all lives of a cluster and in its forks.
 *
 * @param seed what names, addresses and choices are drawn from
 * @param machine whether the node is this machine; nodes are simulated otherwise
 * @param files where there may be a directory for what nodes keep; where temporary files are otherwise
 */
record ClusterSettings(long seed, String runtimeConfig, Optional<ThisMachine> machine, Optional<Path> files) {
    private static final String SERVICES = "10.96.0.0/16";
    private static final String LOOPBACK = "127.0.0.1";

    /** The range of services' addresses. */
    String services() {
        return machine.map(one -> one.ranges().services()).orElse(SERVICES);
    }

    /** Where the API server listens: pods of a simulated node have no network to come by. */
    String listen() {
        return machine.isPresent() ? "0.0.0.0" : LOOPBACK;
    }

    /** Where pods find it. */
    String advertised() {
        return machine.map(one -> one.ranges().gateway()).orElse(LOOPBACK);
    }

    /** Which APIs are served. */
    RuntimeConfig apis() {
        return RuntimeConfig.parse(runtimeConfig, false);
    }
}
