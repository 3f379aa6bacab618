package dev.navarch.storage;

/**
 * That a watch is not at rest: its reader has changes left to take, or took them and is not back for more.
 *
 * @param prefix of the keys that it watches
 * @param unseen how many changes its reader wants and has not taken
 */
public record Backlog(Watch watch, String prefix, long unseen) {}
