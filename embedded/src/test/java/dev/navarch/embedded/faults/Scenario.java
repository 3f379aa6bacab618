package dev.navarch.embedded.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What one controller has to do, told so that it can be done under any faults: objects, changes in the midst of the work
 * and for each what must come of it, and what must be true after every write of the controller.
 */
final class Scenario {
    /** A change, and what must come of it. */
    record Chapter(String name, Consumer<World> change, Predicate<World> goal) {}

    /** What must hold after each write. */
    record Rule(String name, Consumer<World> check) {}

    final String controller;
    /** Which controllers live the life that faults strike. */
    final Predicate<String> struck;

    final List<String> helpers = new ArrayList<>();
    final List<Chapter> chapters = new ArrayList<>();
    final List<Rule> rules = new ArrayList<>();
    final List<Consumer<World>> actors = new ArrayList<>();
    Duration rest = Duration.ofSeconds(30);

    String overlooked = "";
    String alwaysOverlooked = "";
    boolean tellsOfLosses;
    boolean writesNothing;

    private Scenario(String controller, Predicate<String> struck) {
        this.controller = controller;
        this.struck = struck;
    }

    /** @param controller by the name that the assembly knows it by */
    static Scenario of(String controller) {
        return new Scenario(controller, controller::equals);
    }

    /** All controllers at once, in one process. */
    static Scenario ofAll(String name) {
        return new Scenario(name, _ -> true);
    }

    /** Other controllers, undisturbed, without which this one can't reach its goal. */
    Scenario beside(String... names) {
        helpers.addAll(List.of(names));
        return this;
    }

    /** Somebody else who does something each time that all else rests, such as a kubelet. */
    Scenario with(Consumer<World> actor) {
        actors.add(actor);
        return this;
    }

    /** The next change; it comes when the goal of the one before is reached, or sooner in rough weather. */
    Scenario then(String name, Consumer<World> change, Predicate<World> goal) {
        chapters.add(new Chapter(name, change, goal));
        return this;
    }

    /** The same with objects to apply. */
    Scenario then(String name, String yaml, Predicate<World> goal) {
        return then(name, world -> world.apply(yaml), goal);
    }

    /** @param check fails when the rule is broken */
    Scenario always(String name, Consumer<World> check) {
        rules.add(new Rule(name, check));
        return this;
    }

    /** How long, by the clock of the cluster, the last goal must stay reached. */
    Scenario resting(Duration duration) {
        rest = duration;
        return this;
    }

    /** The controller has nothing to write but events. */
    Scenario writingNothing() {
        writesNothing = true;
        return this;
    }

    /** A lost answer makes for a pod too many, the end of which is told too: then only goals and rules are looked at. */
    Scenario tellingOfLosses() {
        tellsOfLosses = true;
        return this;
    }

    /** Where changes come too early for what they change, this may differ in the end: what a pattern matches. */
    Scenario overlooking(String pattern) {
        overlooked = pattern;
        return this;
    }

    /** The same in any weather: what a pattern matches depends on when the controller was last alive. */
    Scenario alwaysOverlooking(String pattern) {
        alwaysOverlooked = pattern;
        return this;
    }

    @Override
    public String toString() {
        return controller;
    }
}
