package dev.navarch.kubelet.runtime;

/**
 * @param name the engine, e.g. {@code containerd}
 * @param version its version, e.g. {@code 2.1.4}
 * @param apiVersion the version of CRI it speaks, {@code v1}
 */
public record RuntimeVersion(String name, String version, String apiVersion) {}
