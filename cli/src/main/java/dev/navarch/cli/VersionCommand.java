package dev.navarch.cli;

import picocli.CommandLine.Command;

@Command(name = "version", description = "Says which version this is.")
final class VersionCommand implements Runnable {
    @Override
    public void run() {
        var version = VersionCommand.class.getPackage().getImplementationVersion();
        System.out.println("navarch " + (version == null ? "development" : version) + ", Kubernetes 1.36, Java "
                + Runtime.version());
    }
}
