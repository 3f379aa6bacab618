package dev.navarch.kubelet;

/** Why a container that shall run does not yet: the waiting state of its status. */
record Waiting(String reason, String message) {}
