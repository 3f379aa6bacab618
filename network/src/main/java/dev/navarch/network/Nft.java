package dev.navarch.network;

import java.io.IOException;
import java.util.List;

/** The nftables of a host, through the program {@code nft}. */
final class Nft {
    private final Host host;

    Nft(Host host) {
        this.host = host;
    }

    /** Applies a script as one transaction. */
    void apply(String script) throws IOException, InterruptedException {
        var outcome = host.run(List.of("nft", "-f", "-"), script);
        if (!outcome.succeeded()) {
            throw new NftException(
                    "nft failed with exit code %s: %s".formatted(outcome.exitCode(), firstLines(outcome.output())));
        }
    }

    boolean hasTable(String table) throws IOException, InterruptedException {
        return host.run(List.of("nft", "list", "chain", "ip", table, "services"), "")
                .succeeded();
    }

    private static String firstLines(String text) {
        return String.join("\n", text.lines().limit(8).toList());
    }
}
