import { builder } from './builder.ts'
import { connectionType } from './connection.ts'

/** A file of a version or of a run. The functions are called only when a document asks for what they give. */
export type FileNode = {
  id: string
  name: string
  /** Bytes. */
  size: number
  /** MD5 in base64. */
  md5: string
  updatedAt: number
  mimetype?: string | undefined
  storagePath?: string | undefined
  /** An absolute URL that needs no credentials; of a reference, what it refers to. */
  directUrl(): string
}

const File = builder.objectRef<FileNode>('File').implement({
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false }),
    name: t.exposeString('name', { nullable: false }),
    displayName: t.exposeString('name'),
    // Clients add their credentials to this one, which then do no harm: both URLs are permissions of their own.
    url: t.string({
      args: { upload: t.arg.boolean({ description: 'Ask `createRunFiles` for upload URLs.' }) },
      resolve: (file, { upload }) => (upload === true ? null : file.directUrl()),
    }),
    directUrl: t.string({ nullable: false, resolve: (file) => file.directUrl() }),
    sizeBytes: t.field({ type: 'Int64', nullable: false, resolve: (file) => file.size }),
    storagePath: t.string({ resolve: (file) => file.storagePath }),
    mimetype: t.string({ resolve: (file) => file.mimetype }),
    updatedAt: t.field({ type: 'DateTime', resolve: (file) => file.updatedAt }),
    digest: t.exposeString('md5'),
    md5: t.exposeString('md5'),
  }),
})

export const FileConnection = connectionType('File', File)
