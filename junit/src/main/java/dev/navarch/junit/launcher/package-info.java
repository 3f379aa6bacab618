/** What JVMs load that are too old for the rest; it is compiled for Java 11. */
package dev.navarch.junit.launcher;
