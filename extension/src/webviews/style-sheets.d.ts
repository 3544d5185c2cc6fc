/** Style sheets that a page's script names, for the build to bundle them. */
declare module '*.css';
