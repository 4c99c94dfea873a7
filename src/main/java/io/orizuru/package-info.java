/** The program itself: its commands, its start and its end. Sees everything below; nothing sees it. */
package io.orizuru;
