package dev.navarch.cli;

import dev.navarch.cluster.Progress;
import java.io.PrintStream;
import java.util.Locale;

/** A line a step: what, what was found, how long it took. */
final class ConsoleProgress implements Progress {
    private final PrintStream out;
    private final boolean terminal =
            System.console() != null && System.console().isTerminal();

    ConsoleProgress(PrintStream out) {
        this.out = out;
    }

    @Override
    public Step step(String what) {
        long started = System.nanoTime();
        if (terminal) {
            out.printf(Locale.ROOT, "  … %s", what);
            out.flush();
        }
        return new Step() {
            private String found = "";

            @Override
            public void detail(String text) {
                found = text;
            }

            @Override
            public void close() {
                long millis = (System.nanoTime() - started) / 1_000_000;
                out.printf(Locale.ROOT, "%s  ✓ %-28s %-44s %6d ms%n", terminal ? "\r" : "", what, found, millis);
            }
        };
    }

    @Override
    public void warn(String message) {
        out.println("  ! " + message);
    }
}
