/** Tests as users of {@code navarch-junit} write them, with simulated containers and with real ones. */
package dev.navarch.cluster.intests;
