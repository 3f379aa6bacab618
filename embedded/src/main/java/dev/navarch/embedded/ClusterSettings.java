package dev.navarch.embedded;

/**
 * What stays the same in all lives of a cluster and in its forks.
 *
 * @param seed what names, addresses and choices are drawn from
 */
record ClusterSettings(long seed, String runtimeConfig) {}
