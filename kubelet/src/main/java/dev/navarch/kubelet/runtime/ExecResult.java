package dev.navarch.kubelet.runtime;

/** What a command left behind. The arrays belong to the receiver. */
@SuppressWarnings("ArrayRecordComponent") // Handed over once, never compared.
public record ExecResult(byte[] stdout, byte[] stderr, int exitCode) {}
