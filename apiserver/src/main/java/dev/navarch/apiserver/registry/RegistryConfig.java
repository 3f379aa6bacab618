package dev.navarch.apiserver.registry;

/**
 * Settings of the registry.
 *
 * @param serviceCidr the block of services' cluster addresses, such as 10.96.0.0/12
 * @throws IllegalArgumentException if that is no IPv4 block of 8 to 30 bits
 */
public record RegistryConfig(String serviceCidr) {
    public RegistryConfig {
        Ipv4Cidr.parse(serviceCidr);
    }

    public static RegistryConfig standard() {
        return new RegistryConfig("10.96.0.0/12");
    }

    /** The cluster address of the API server's own service, which its certificate must name. */
    public String apiServerAddress() {
        return Ipv4Cidr.parse(serviceCidr).at(1);
    }
}
