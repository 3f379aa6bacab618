package dev.navarch.kubelet.runtime;

import java.time.Instant;

/** How full a file system is with images or layers. */
public record FilesystemUsage(Instant at, String mountpoint, long usedBytes, long inodesUsed) {}
