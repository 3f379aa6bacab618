package dev.navarch.embedded.faults;

import dev.navarch.controllers.ControllerSettings;
import dev.navarch.embedded.BareServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One run of a scenario under one fault. Events, kubelets, timers and restarts take turns, each when all before has been
 * done, so that a run can be repeated.
 */
final class Trial {
    private static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final int ROUGH_ROUNDS = 40;
    private static final int ROUNDS = 3000;

    /**
     * @param rough whether events come late, twice, out of order or only by a list, changes come before the last is
     *     dealt with, and more faults follow the first
     */
    record Plan(Fault fault, boolean rough, long seed) {
        static final Plan CALM = new Plan(Fault.NONE, false, 1);

        @Override
        public String toString() {
            return (fault.write() == 0 ? "no fault" : fault.blow() + " at write " + fault.write())
                    + (rough ? " in rough weather" : "") + ", seed " + seed;
        }
    }

    /** @param writes how many the controller made in its first life */
    record Outcome(int writes, boolean lost, List<String> state) {}

    private final BareServer server;
    private final ControllerSettings settings;
    private final Scenario scenario;
    private final Plan plan;
    private final Random random;
    private final World world;
    private final AtomicReference<@Nullable AssertionError> broken = new AtomicReference<>();
    private @Nullable Life life;
    private final long begun;
    private int lives;
    private int chapter;
    private volatile boolean rough;

    Trial(BareServer server, ControllerSettings settings, Scenario scenario, Plan plan) {
        this.server = server;
        this.settings = settings;
        this.scenario = scenario;
        this.plan = plan;
        random = new Random(plan.seed);
        world = new World(server, random);
        begun = server.revision();
        rough = plan.rough;
    }

    /** @throws AssertionError if a rule was broken or a goal not reached */
    Outcome run() {
        world.calm = !rough;
        try (var helpers = new Life(
                server, settings, plan.seed + 1, scenario.helpers::contains, Fault.NONE, () -> 0, this::check)) {
            scenario.chapters.getFirst().change().accept(world);
            begin(plan.fault);
            var first = life();
            server.watchOver(() -> life().settled() && helpers.settled());
            play(helpers);
            return new Outcome(first.writes(), world.lost > 0, Snapshot.of(server.changed()));
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(scenario + ", " + plan + ": " + e.getMessage(), e);
        } finally {
            server.watchOver(() -> true);
            if (life != null) {
                life.close();
            }
            server.reset();
        }
    }

    private Life life() {
        return java.util.Objects.requireNonNull(life);
    }

    private void begin(Fault fault) {
        world.lost += fault.write() > 0 && fault.blow() == Fault.Blow.ANSWER_LOST ? 1 : 0;
        life = new Life(server, settings, plan.seed + 2 + lives++, scenario.struck, fault, this::past, this::check);
    }

    /** A version since this began. */
    private synchronized long past() {
        return rough ? begun + (server.revision() - begun) * 2 / 3 : 0;
    }

    private synchronized void check() {
        for (var rule : scenario.rules) {
            try {
                rule.check().accept(world);
            } catch (AssertionError e) {
                broken.compareAndSet(
                        null, new AssertionError("rule \"" + rule.name() + "\" was broken: " + e.getMessage(), e));
            }
        }
    }

    private void play(Life helpers) {
        var deadline = world.now().plus(PATIENCE);
        @Nullable Instant reached = null;
        for (int round = 0; ; round++) {
            server.awaitRest();
            var failure = broken.get();
            if (failure != null) {
                throw failure;
            }
            if (round > ROUNDS || world.now().isAfter(deadline)) {
                throw new AssertionError(
                        "it never came to \"" + scenario.chapters.get(chapter).name() + "\":\n"
                                + String.join("\n", Snapshot.of(server.changed())));
            }
            rough &= round < ROUGH_ROUNDS;
            world.calm = !rough && life().upToDate();
            if (life().dead()) {
                life().close();
                begin(rough && random.nextBoolean() ? fault() : Fault.NONE);
                continue;
            }
            if (deliver(helpers)) {
                reached = null;
                continue;
            }
            boolean moved = false;
            for (var actor : scenario.actors) {
                long before = server.revision();
                actor.accept(world);
                moved |= server.revision() != before;
            }
            if (moved) {
                reached = null;
                continue;
            }
            boolean there = scenario.chapters.get(chapter).goal().test(world);
            if (chapter + 1 < scenario.chapters.size() && (there || rough && random.nextInt(8) == 0)) {
                scenario.chapters.get(++chapter).change().accept(world);
                deadline = world.now().plus(PATIENCE);
                reached = null;
                continue;
            }
            reached = !there || rough ? null : reached == null ? world.now() : reached;
            if (reached != null && !world.now().isBefore(reached.plus(scenario.rest)) && life().upToDate()) {
                return;
            }
            pass(reached);
        }
    }

    private Fault fault() {
        var blows = Fault.Blow.values();
        return new Fault(1 + random.nextInt(4), blows[random.nextInt(blows.length)]);
    }

    /** Returns whether something got through to somebody. */
    private boolean deliver(Life helpers) {
        boolean moved = false;
        for (var feed : helpers.feeds()) {
            moved |= feed.deliver();
        }
        List<Feed> feeds = new ArrayList<>(life().feeds());
        feeds.sort(java.util.Comparator.comparing(f -> f.path));
        for (var feed : feeds) {
            moved |= rough ? feed.suffer(random) : feed.deliver();
        }
        return moved;
    }

    /** Lets time pass until something is due or enough time has passed. */
    private void pass(@Nullable Instant reached) {
        var now = world.now();
        boolean waits = reached != null && now.isBefore(reached.plus(scenario.rest));
        var end = waits ? reached.plus(scenario.rest) : now.plus(PATIENCE);
        var due = server.time().next().filter(t -> t.isBefore(end)).orElse(end);
        if (rough) {
            due = due.isAfter(now.plusSeconds(1)) ? now.plusSeconds(1) : due; // what is held back is not held for ever
        }
        server.time().advance(Duration.between(now, due));
    }
}
