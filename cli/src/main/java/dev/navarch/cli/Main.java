package dev.navarch.cli;

import dev.navarch.cluster.ConfigException;
import dev.navarch.cluster.PreflightException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The entry point: one subcommand a verb. */
@Command(
        name = "navarch",
        description = "Kubernetes, complete, in Java.",
        subcommands = {
            UpCommand.class,
            ApiCommand.class,
            DownCommand.class,
            ResetCommand.class,
            ImageCommand.Images.class,
            VersionCommand.class,
            RehearseCommand.class
        },
        mixinStandardHelpOptions = false)
public final class Main {
    @CommandLine.Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this.",
            scope = CommandLine.ScopeType.INHERIT)
    boolean help;

    public static void main(String[] arguments) {
        Logs.configure();
        int code = commandLine().execute(arguments);
        System.exit(code);
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, _, _) -> {
                    System.err.println("navarch: " + sentence(failure));
                    if (System.getenv("NAVARCH_DEBUG") != null) {
                        failure.printStackTrace();
                    }
                    return 1;
                });
    }

    /** What went wrong for people: our own refusals as they are, others with their kind. */
    private static String sentence(Exception failure) {
        return switch (failure) {
            case ConfigException e -> e.getMessage();
            case PreflightException e -> e.getMessage();
            default ->
                (failure.getMessage() == null ? failure.toString() : failure.getMessage())
                        + " (set NAVARCH_DEBUG=1 for the stack trace)";
        };
    }
}
