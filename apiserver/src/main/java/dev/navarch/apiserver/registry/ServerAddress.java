package dev.navarch.apiserver.registry;

/** Where an API server can be reached from within the cluster. */
record ServerAddress(String ip, int port) {}
