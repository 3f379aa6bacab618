/** How much of what a quota counts an object uses. Shared by who refuses what is too much and who counts anew. */
@NullMarked
package dev.navarch.api.quota;

import org.jspecify.annotations.NullMarked;
