import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npm run web:dev` finds a running server. */
const SERVER = process.env.TRIPLINE_DEV_SERVER ?? 'http://127.0.0.1:8080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    target: 'es2023',
    // Those that know `light-dark()`, which is then left as it is.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Sources are in the repository; maps would double the package.
    sourcemap: false,
    // The content security policy lets no data: font or script through, and images are few.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What the first screen may weigh is tested, compressed.
    chunkSizeWarningLimit: 1_000,
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { '/api': SERVER, '/oidc': SERVER },
  },
})
