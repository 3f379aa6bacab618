/** Client libraries of Java as they come: fabric8's and the official one. */
package dev.navarch.clients.library;
