package dev.navarch.kubelet.runtime;

/**
 * A port of the host that leads into the sandbox.
 *
 * @param protocol TCP, UDP or SCTP
 * @param hostIp "" is every address
 */
public record PortMapping(String protocol, int containerPort, int hostPort, String hostIp) {}
