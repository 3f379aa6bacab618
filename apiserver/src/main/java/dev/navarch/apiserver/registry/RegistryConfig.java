package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.admission.AdmissionSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Settings of the registry.
 *
 * @param serviceCidr the block of services' cluster addresses, such as 10.96.0.0/12
 * @param eventTtl how long events are kept
 * @param admission what plugins of admission are told
 * @param leaseRenewal how long the lease that shows this server is left alone at least; it lasts an hour
 * @param caches where to keep what makes the next start quick; nowhere if empty
 * @throws IllegalArgumentException if the block is no IPv4 block of 8 to 30 bits
 */
public record RegistryConfig(
        String serviceCidr,
        Duration eventTtl,
        Duration leaseRenewal,
        AdmissionSettings admission,
        Optional<Path> caches) {
    private static final Duration EVENT_TTL = Duration.ofHours(1);

    public RegistryConfig {
        Ipv4Cidr.parse(serviceCidr);
    }

    /** With upstream's default for events. */
    public RegistryConfig(String serviceCidr) {
        this(serviceCidr, EVENT_TTL);
    }

    /** With webhooks that are called by nobody in particular. */
    public RegistryConfig(String serviceCidr, Duration eventTtl) {
        this(serviceCidr, eventTtl, AdmissionSettings.STANDARD, Optional.empty());
    }

    /** With a lease that is renewed at every occasion. */
    public RegistryConfig(String serviceCidr, Duration eventTtl, AdmissionSettings admission, Optional<Path> caches) {
        this(serviceCidr, eventTtl, Duration.ZERO, admission, caches);
    }

    public static RegistryConfig standard() {
        return new RegistryConfig("10.96.0.0/12");
    }
}
