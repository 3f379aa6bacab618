package dev.navarch.network;

import dev.navarch.network.Fragment.UdpFlow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the kernel forget UDP conversations whose endpoint is gone; TCP notices by itself (source: kubernetes
 * pkg/proxy/conntrack/cleanup.go).
 */
final class Conntrack {
    private static final Logger log = LoggerFactory.getLogger(Conntrack.class);

    private final Host host;

    Conntrack(Host host) {
        this.host = host;
    }

    void forget(Collection<UdpFlow> flows) throws InterruptedException {
        for (var flow : flows) {
            var command = new ArrayList<>(List.of("conntrack", "-D", "-f", "ipv4", "-p", "udp"));
            if (!flow.address().isEmpty()) {
                command.addAll(List.of("--orig-dst", flow.address()));
            }
            command.addAll(List.of("--orig-port-dst", Integer.toString(flow.port())));
            if (!flow.endpoint().isEmpty()) {
                command.addAll(List.of("--dst-nat", flow.endpoint()));
            }
            try {
                var outcome = host.run(command, "");
                if (!outcome.succeeded() && !outcome.output().contains("0 flow entries")) {
                    log.warn(
                            "UDP conversations may go on with an endpoint that is gone: {}",
                            outcome.output().strip());
                }
            } catch (IOException e) {
                log.warn("UDP conversations may go on with an endpoint that is gone: {}", e.getMessage());
                return;
            }
        }
    }
}
