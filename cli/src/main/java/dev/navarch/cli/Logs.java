package dev.navarch.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Logging to standard error, one line a record; {@code NAVARCH_LOG} names the level, WARNING unless told. */
final class Logs {
    private Logs() {}

    static void configure() {
        LogManager.getLogManager().reset();
        var handler = new ConsoleHandler();
        handler.setFormatter(new Line());
        handler.setLevel(Level.ALL);
        var root = Logger.getLogger("");
        root.addHandler(handler);
        root.setLevel(Level.WARNING);
        var level = System.getenv("NAVARCH_LOG");
        if (level != null) {
            try {
                Logger.getLogger("dev.navarch").setLevel(Level.parse(level.toUpperCase(java.util.Locale.ROOT)));
            } catch (IllegalArgumentException _) {
                System.err.println("navarch: NAVARCH_LOG=" + level + " is no level; use INFO, FINE or ALL");
            }
        }
    }

    private static final class Line extends Formatter {
        @Override
        public String format(LogRecord record) {
            var name = record.getLoggerName();
            var text = new StringBuilder()
                    .append(Instant.ofEpochMilli(record.getMillis()).truncatedTo(ChronoUnit.MILLIS))
                    .append(' ')
                    .append(record.getLevel().getName())
                    .append(' ')
                    .append(name == null ? "" : name.substring(name.lastIndexOf('.') + 1))
                    .append(": ")
                    .append(formatMessage(record))
                    .append('\n');
            if (record.getThrown() != null) {
                var trace = new StringWriter();
                record.getThrown().printStackTrace(new PrintWriter(trace));
                text.append(trace);
            }
            return text.toString();
        }
    }
}
