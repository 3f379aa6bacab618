package dev.navarch.embedded.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.controllers.ControllerSettings;
import dev.navarch.controllers.PodRanges;
import dev.navarch.controllers.assembly.ControllerAssembly;
import dev.navarch.embedded.BareServer;
import dev.navarch.embedded.faults.Trial.Plan;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every controller is killed before and after each of its writes and loses answers, and with {@code -Dfaults.all=true} gets
 * to see what happens late, twice or not at all: no rule is ever broken, and in the end everything is as it is without any
 * of this. The order of writes by several workers is not repeated by a seed, which is why the latter is no part of each build.
 *
 * <p>A new controller needs a {@link Scenario} in {@link Scenarios}, under its name in {@link ControllerAssembly}: objects
 * to begin with, changes in the midst of the work with what must come of each, the {@linkplain Scenario#with actors} and
 * {@linkplain Scenario#beside controllers} without which it can't get there, and {@linkplain Scenario#always rules} that
 * hold after every write. Keep it to the writes that differ: each of them costs four runs. A failure names fault and seed;
 * put them into a {@link Plan} to repeat it.
 */
class ControllerFaultsTest {
    /** Whether all writes are struck, and in rough weather too: for a longer look than each build can take. */
    private static final boolean ALL = Boolean.getBoolean("faults.all");

    private static final int ROUGH_RUNS = ALL ? 6 : 0;

    /** Of more writes than these only some are struck, unless {@code -Dfaults.all=true} asks for all. */
    private static final int MOST_WRITES = 8;

    private static BareServer server;
    private static ControllerSettings settings;

    @BeforeAll
    static void start() throws Exception {
        server = new BareServer();
        settings = ControllerSettings.upstream(server.authority())
                .withSigner(server.signer())
                .withPodBlocks(PodRanges.of("10.244.0.0/16"))
                .withStorageMigrations()
                .withTokens(
                        (namespace, account, _, secret) -> "token of " + namespace + "/" + account + " in " + secret);
        try (var all = new Life(server, settings, 0, _ -> true, Fault.NONE, () -> 0, () -> {})) {
            server.watchOver(all::settled);
            do {
                server.awaitRest();
            } while (all.feeds().stream().map(Feed::deliver).reduce(false, Boolean::logicalOr));
        }
        server.watchOver(() -> true);
        server.awaitRest();
        server.keep();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static List<Scenario> scenarios() {
        return Scenarios.all();
    }

    @Test
    void everyControllerHasAScenario() {
        assertThat(Scenarios.all().stream().map(s -> s.controller)).containsAll(ControllerAssembly.names(settings));
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void noFaultBreaksARuleOrLeavesATrace(Scenario scenario) {
        var undisturbed = run(scenario, Plan.CALM);
        assertThat(undisturbed.writes() == 0).as("no writes of " + scenario).isEqualTo(scenario.writesNothing);
        plans(undisturbed.writes()).forEach(plan -> {
            var outcome = run(scenario, plan);
            if (!(outcome.lost() && scenario.tellsOfLosses)) {
                assertThat(Snapshot.difference(
                                undisturbed.state(),
                                outcome.state(),
                                plan.rough() ? scenario.overlooked : scenario.alwaysOverlooked))
                        .as(scenario + ", " + plan)
                        .isEmpty();
            }
        });
    }

    private static Stream<Plan> plans(int writes) {
        List<Plan> plans = new java.util.ArrayList<>();
        int step = ALL ? 1 : Math.ceilDiv(Math.max(writes, 1), MOST_WRITES);
        for (int n = writes; n >= 1; n -= step) {
            for (var blow : Fault.Blow.values()) {
                plans.add(new Plan(new Fault(n, blow), false, n));
            }
        }
        for (int seed = 1; seed <= ROUGH_RUNS; seed++) {
            var blows = Fault.Blow.values();
            plans.add(new Plan(new Fault(writes == 0 ? 0 : 1 + seed % writes, blows[seed % blows.length]), true, seed));
        }
        return plans.stream();
    }

    private static Trial.Outcome run(Scenario scenario, Plan plan) {
        return new Trial(server, settings, scenario, plan).run();
    }
}
