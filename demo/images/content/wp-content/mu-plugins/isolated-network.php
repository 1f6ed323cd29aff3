<?php
/*
Plugin Name: Isolated network
Description: Keeps WordPress from calling out. The demo's network ends at its router: each look-up of a name outside would hold a page until the resolver gives up (20 s for the set-up page).
*/

// A must-use plugin and not wp-config.php, because the set-up page calls out (for its list of languages) before there is
// a wp-config.php.

// Version checks, translations, oEmbed, the directory of themes: refused at once, before the name is looked up.
defined( 'WP_HTTP_BLOCK_EXTERNAL' ) || define( 'WP_HTTP_BLOCK_EXTERNAL', true );

// The site's own name is excepted from that, and the container may not be able to resolve it: Site Health and wp-cron
// call themselves by it.
add_filter( 'block_local_requests', '__return_true' );
defined( 'DISABLE_WP_CRON' ) || define( 'DISABLE_WP_CRON', true );

defined( 'AUTOMATIC_UPDATER_DISABLED' ) || define( 'AUTOMATIC_UPDATER_DISABLED', true );

// There is no mail server; PHP would try to run sendmail at the end of the installation.
add_filter( 'pre_wp_mail', '__return_true' );
