package dev.navarch.cli;

import dev.navarch.client.Pem;
import dev.navarch.cluster.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Collections;

/** Authorities that vouch for users as well as for front proxies: then every user might pass for a proxy. */
final class Overlap {
    private Overlap() {}

    /** Files that can't be read are told of by whoever uses them. */
    static void check(Path proxies, Path users) {
        try {
            if (!Collections.disjoint(
                    Pem.certificates(Files.readAllBytes(proxies)), Pem.certificates(Files.readAllBytes(users)))) {
                throw new ConfigException(
                        "requestheader-client-ca-file",
                        proxies,
                        "--requestheader-client-ca-file and --client-ca-file contain overlapping certificates;"
                                + " --requestheader-allowed-names must be specified to ensure regular client"
                                + " certificates cannot set authenticating proxy headers for arbitrary users");
            }
        } catch (IOException | GeneralSecurityException _) {
            // told of elsewhere
        }
    }
}
