package dev.navarch.cli;

import dev.navarch.cluster.ClusterRemoval;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "reset", description = "Does what down does and then deletes the cluster's data, after asking.")
final class ResetCommand implements Callable<Integer> {
    @Mixin
    DataDirOption dataDir = new DataDirOption();

    @Option(names = "--yes", description = "Don't ask.")
    boolean yes;

    @Override
    public Integer call() throws Exception {
        var dir = dataDir.orDefault();
        if (!yes && !confirmed("Delete all data of the cluster in " + dir + "? [y/N] ")) {
            System.err.println("Nothing was deleted.");
            return 1;
        }
        new ClusterRemoval(dir, new ConsoleProgress(System.out)).reset();
        return 0;
    }

    private static boolean confirmed(String question) {
        var console = System.console();
        if (console == null || !console.isTerminal()) {
            System.err.println("There is no terminal to ask at; say --yes.");
            return false;
        }
        var answer = console.readLine(question);
        return answer != null && (answer.equalsIgnoreCase("y") || answer.equalsIgnoreCase("yes"));
    }
}
