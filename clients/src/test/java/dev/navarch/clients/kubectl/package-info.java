/** kubectl with custom kinds. */
package dev.navarch.clients.kubectl;
